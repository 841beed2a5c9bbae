// Package store is one of two packages of one name that a Persister is made of.
package store

import "context"

// Query is what a filter narrows.
type Query struct{ Limit int }

// Identitys are kept here.
type Identitys interface {
	GetIdentity(ctx context.Context, id string) (*Identity, error)
	FindIdentity(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Identity, error)
	ListIdentitys(ctx context.Context, page, perPage int) ([]Identity, error)
	CountIdentitys(ctx context.Context) (int64, error)
	UpdateIdentity(ctx context.Context, v *Identity) error
	DeleteIdentity(ctx context.Context, id string) error
}

// Identity is a row.
type Identity struct{ ID, Note string }

// Sessions are kept here.
type Sessions interface {
	GetSession(ctx context.Context, id string) (*Session, error)
	FindSession(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Session, error)
	ListSessions(ctx context.Context, page, perPage int) ([]Session, error)
	CountSessions(ctx context.Context) (int64, error)
	UpdateSession(ctx context.Context, v *Session) error
	DeleteSession(ctx context.Context, id string) error
}

// Session is a row.
type Session struct{ ID, Note string }

// Flows are kept here.
type Flows interface {
	GetFlow(ctx context.Context, id string) (*Flow, error)
	FindFlow(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Flow, error)
	ListFlows(ctx context.Context, page, perPage int) ([]Flow, error)
	CountFlows(ctx context.Context) (int64, error)
	UpdateFlow(ctx context.Context, v *Flow) error
	DeleteFlow(ctx context.Context, id string) error
}

// Flow is a row.
type Flow struct{ ID, Note string }

// Recoverys are kept here.
type Recoverys interface {
	GetRecovery(ctx context.Context, id string) (*Recovery, error)
	FindRecovery(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Recovery, error)
	ListRecoverys(ctx context.Context, page, perPage int) ([]Recovery, error)
	CountRecoverys(ctx context.Context) (int64, error)
	UpdateRecovery(ctx context.Context, v *Recovery) error
	DeleteRecovery(ctx context.Context, id string) error
}

// Recovery is a row.
type Recovery struct{ ID, Note string }

// Settingss are kept here.
type Settingss interface {
	GetSettings(ctx context.Context, id string) (*Settings, error)
	FindSettings(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Settings, error)
	ListSettingss(ctx context.Context, page, perPage int) ([]Settings, error)
	CountSettingss(ctx context.Context) (int64, error)
	UpdateSettings(ctx context.Context, v *Settings) error
	DeleteSettings(ctx context.Context, id string) error
}

// Settings is a row.
type Settings struct{ ID, Note string }

// Verifications are kept here.
type Verifications interface {
	GetVerification(ctx context.Context, id string) (*Verification, error)
	FindVerification(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Verification, error)
	ListVerifications(ctx context.Context, page, perPage int) ([]Verification, error)
	CountVerifications(ctx context.Context) (int64, error)
	UpdateVerification(ctx context.Context, v *Verification) error
	DeleteVerification(ctx context.Context, id string) error
}

// Verification is a row.
type Verification struct{ ID, Note string }

// Logins are kept here.
type Logins interface {
	GetLogin(ctx context.Context, id string) (*Login, error)
	FindLogin(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Login, error)
	ListLogins(ctx context.Context, page, perPage int) ([]Login, error)
	CountLogins(ctx context.Context) (int64, error)
	UpdateLogin(ctx context.Context, v *Login) error
	DeleteLogin(ctx context.Context, id string) error
}

// Login is a row.
type Login struct{ ID, Note string }

// Logouts are kept here.
type Logouts interface {
	GetLogout(ctx context.Context, id string) (*Logout, error)
	FindLogout(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Logout, error)
	ListLogouts(ctx context.Context, page, perPage int) ([]Logout, error)
	CountLogouts(ctx context.Context) (int64, error)
	UpdateLogout(ctx context.Context, v *Logout) error
	DeleteLogout(ctx context.Context, id string) error
}

// Logout is a row.
type Logout struct{ ID, Note string }

// Couriers are kept here.
type Couriers interface {
	GetCourier(ctx context.Context, id string) (*Courier, error)
	FindCourier(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Courier, error)
	ListCouriers(ctx context.Context, page, perPage int) ([]Courier, error)
	CountCouriers(ctx context.Context) (int64, error)
	UpdateCourier(ctx context.Context, v *Courier) error
	DeleteCourier(ctx context.Context, id string) error
}

// Courier is a row.
type Courier struct{ ID, Note string }

// Messages are kept here.
type Messages interface {
	GetMessage(ctx context.Context, id string) (*Message, error)
	FindMessage(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Message, error)
	ListMessages(ctx context.Context, page, perPage int) ([]Message, error)
	CountMessages(ctx context.Context) (int64, error)
	UpdateMessage(ctx context.Context, v *Message) error
	DeleteMessage(ctx context.Context, id string) error
}

// Message is a row.
type Message struct{ ID, Note string }
