package wild

import (
	left "github.com/cachegen-go/cachegen/internal/behaviour/wild/left/store"
	right "github.com/cachegen-go/cachegen/internal/behaviour/wild/right/store"
)

// Persister is case 33: 114 methods of 19 interfaces of two packages that have one name.
//
//cachegen:wrap ttl=1h jitter=0 strict
//cachegen:for GetIdentity cache
//cachegen:for FindIdentity cache if="len(filters) == 0"
//cachegen:for ListIdentitys cache
//cachegen:for CountIdentitys cache
//cachegen:for UpdateIdentity evict GetIdentity(v.ID), FindIdentity(v.ID, _), ListIdentitys
//cachegen:for DeleteIdentity evict GetIdentity(id), FindIdentity(id, _), ListIdentitys, CountIdentitys
//cachegen:for GetSession cache
//cachegen:for FindSession cache if="len(filters) == 0"
//cachegen:for ListSessions cache
//cachegen:for CountSessions cache
//cachegen:for UpdateSession evict GetSession(v.ID), FindSession(v.ID, _), ListSessions
//cachegen:for DeleteSession evict GetSession(id), FindSession(id, _), ListSessions, CountSessions
//cachegen:for GetFlow cache
//cachegen:for FindFlow cache if="len(filters) == 0"
//cachegen:for ListFlows cache
//cachegen:for CountFlows cache
//cachegen:for UpdateFlow evict GetFlow(v.ID), FindFlow(v.ID, _), ListFlows
//cachegen:for DeleteFlow evict GetFlow(id), FindFlow(id, _), ListFlows, CountFlows
//cachegen:for GetRecovery cache
//cachegen:for FindRecovery cache if="len(filters) == 0"
//cachegen:for ListRecoverys cache
//cachegen:for CountRecoverys cache
//cachegen:for UpdateRecovery evict GetRecovery(v.ID), FindRecovery(v.ID, _), ListRecoverys
//cachegen:for DeleteRecovery evict GetRecovery(id), FindRecovery(id, _), ListRecoverys, CountRecoverys
//cachegen:for GetSettings cache
//cachegen:for FindSettings cache if="len(filters) == 0"
//cachegen:for ListSettingss cache
//cachegen:for CountSettingss cache
//cachegen:for UpdateSettings evict GetSettings(v.ID), FindSettings(v.ID, _), ListSettingss
//cachegen:for DeleteSettings evict GetSettings(id), FindSettings(id, _), ListSettingss, CountSettingss
//cachegen:for GetVerification cache
//cachegen:for FindVerification cache if="len(filters) == 0"
//cachegen:for ListVerifications cache
//cachegen:for CountVerifications cache
//cachegen:for UpdateVerification evict GetVerification(v.ID), FindVerification(v.ID, _), ListVerifications
//cachegen:for DeleteVerification evict GetVerification(id), FindVerification(id, _), ListVerifications, CountVerifications
//cachegen:for GetLogin cache
//cachegen:for FindLogin cache if="len(filters) == 0"
//cachegen:for ListLogins cache
//cachegen:for CountLogins cache
//cachegen:for UpdateLogin evict GetLogin(v.ID), FindLogin(v.ID, _), ListLogins
//cachegen:for DeleteLogin evict GetLogin(id), FindLogin(id, _), ListLogins, CountLogins
//cachegen:for GetLogout cache
//cachegen:for FindLogout cache if="len(filters) == 0"
//cachegen:for ListLogouts cache
//cachegen:for CountLogouts cache
//cachegen:for UpdateLogout evict GetLogout(v.ID), FindLogout(v.ID, _), ListLogouts
//cachegen:for DeleteLogout evict GetLogout(id), FindLogout(id, _), ListLogouts, CountLogouts
//cachegen:for GetCourier cache
//cachegen:for FindCourier cache if="len(filters) == 0"
//cachegen:for ListCouriers cache
//cachegen:for CountCouriers cache
//cachegen:for UpdateCourier evict GetCourier(v.ID), FindCourier(v.ID, _), ListCouriers
//cachegen:for DeleteCourier evict GetCourier(id), FindCourier(id, _), ListCouriers, CountCouriers
//cachegen:for GetMessage cache
//cachegen:for FindMessage cache if="len(filters) == 0"
//cachegen:for ListMessages cache
//cachegen:for CountMessages cache
//cachegen:for UpdateMessage evict GetMessage(v.ID), FindMessage(v.ID, _), ListMessages
//cachegen:for DeleteMessage evict GetMessage(id), FindMessage(id, _), ListMessages, CountMessages
//cachegen:for GetDevice cache
//cachegen:for FindDevice cache if="len(filters) == 0"
//cachegen:for ListDevices cache
//cachegen:for CountDevices cache
//cachegen:for UpdateDevice evict GetDevice(v.ID), FindDevice(v.ID, _), ListDevices
//cachegen:for DeleteDevice evict GetDevice(id), FindDevice(id, _), ListDevices, CountDevices
//cachegen:for GetCode cache
//cachegen:for FindCode cache if="len(filters) == 0"
//cachegen:for ListCodes cache
//cachegen:for CountCodes cache
//cachegen:for UpdateCode evict GetCode(v.ID), FindCode(v.ID, _), ListCodes
//cachegen:for DeleteCode evict GetCode(id), FindCode(id, _), ListCodes, CountCodes
//cachegen:for GetLink cache
//cachegen:for FindLink cache if="len(filters) == 0"
//cachegen:for ListLinks cache
//cachegen:for CountLinks cache
//cachegen:for UpdateLink evict GetLink(v.ID), FindLink(v.ID, _), ListLinks
//cachegen:for DeleteLink evict GetLink(id), FindLink(id, _), ListLinks, CountLinks
//cachegen:for GetChallenge cache
//cachegen:for FindChallenge cache if="len(filters) == 0"
//cachegen:for ListChallenges cache
//cachegen:for CountChallenges cache
//cachegen:for UpdateChallenge evict GetChallenge(v.ID), FindChallenge(v.ID, _), ListChallenges
//cachegen:for DeleteChallenge evict GetChallenge(id), FindChallenge(id, _), ListChallenges, CountChallenges
//cachegen:for GetProvider cache
//cachegen:for FindProvider cache if="len(filters) == 0"
//cachegen:for ListProviders cache
//cachegen:for CountProviders cache
//cachegen:for UpdateProvider evict GetProvider(v.ID), FindProvider(v.ID, _), ListProviders
//cachegen:for DeleteProvider evict GetProvider(id), FindProvider(id, _), ListProviders, CountProviders
//cachegen:for GetTenant cache
//cachegen:for FindTenant cache if="len(filters) == 0"
//cachegen:for ListTenants cache
//cachegen:for CountTenants cache
//cachegen:for UpdateTenant evict GetTenant(v.ID), FindTenant(v.ID, _), ListTenants
//cachegen:for DeleteTenant evict GetTenant(id), FindTenant(id, _), ListTenants, CountTenants
//cachegen:for GetKey cache
//cachegen:for FindKey cache if="len(filters) == 0"
//cachegen:for ListKeys cache
//cachegen:for CountKeys cache
//cachegen:for UpdateKey evict GetKey(v.ID), FindKey(v.ID, _), ListKeys
//cachegen:for DeleteKey evict GetKey(id), FindKey(id, _), ListKeys, CountKeys
//cachegen:for GetAudit cache
//cachegen:for FindAudit cache if="len(filters) == 0"
//cachegen:for ListAudits cache
//cachegen:for CountAudits cache
//cachegen:for UpdateAudit evict GetAudit(v.ID), FindAudit(v.ID, _), ListAudits
//cachegen:for DeleteAudit evict GetAudit(id), FindAudit(id, _), ListAudits, CountAudits
//cachegen:for GetSchema cache
//cachegen:for FindSchema cache if="len(filters) == 0"
//cachegen:for ListSchemas cache
//cachegen:for CountSchemas cache
//cachegen:for UpdateSchema evict GetSchema(v.ID), FindSchema(v.ID, _), ListSchemas
//cachegen:for DeleteSchema evict GetSchema(id), FindSchema(id, _), ListSchemas, CountSchemas
type Persister interface {
	left.Identitys
	left.Sessions
	left.Flows
	left.Recoverys
	left.Settingss
	left.Verifications
	left.Logins
	left.Logouts
	left.Couriers
	left.Messages
	right.Devices
	right.Codes
	right.Links
	right.Challenges
	right.Providers
	right.Tenants
	right.Keys
	right.Audits
	right.Schemas
}
