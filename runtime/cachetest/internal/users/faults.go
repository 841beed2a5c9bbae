package users

// NoDirective has none on UpdateUser.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
type NoDirective interface{ Repository }

// WrongArgument has UpdateUser evict the user whose id is the team's.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.TeamID), FindByEmail(old.Email), FindByEmail(u.Email)
type WrongArgument interface{ Repository }

// ForgottenList has CreateUser evict no list.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for Ping pass
//cachegen:for CreateUser evict FindByEmail(u.Email)
type ForgottenList interface{ Repository }

// OldTeam does not evict the list of the team that a user leaves.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for UpdateUser evict ListByTeam(u.TeamID, _)
type OldTeam interface{ Repository }

// Negative keeps that there is no such user when CreateUser makes it.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
type Negative interface{ Repository }

// KeyLacks has one entry for all pages.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for ListByTeam cache ignore=page
type KeyLacks interface{ Repository }

// BatchBy stores users that are loaded together under their teams.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for GetUsers batch GetUser(ids) by=it.TeamID
type BatchBy interface{ Repository }

// PutArgument puts what UpdateUser was given, not what the store made of it.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for UpdateUser put GetUser(u.ID) = u
type PutArgument interface{ Repository }

// PutElsewhere puts what CreateUser returns under the team's number.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for CreateUser put GetUser(result.TeamID) = result
//cachegen:for CreateUser evict GetUser(result.ID)
type PutElsewhere interface{ Repository }

// IndexElsewhere has the address lead to the user whose id is the team's.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for UpdateUser evict old=GetUser(u.ID) GetUser(u.ID), FindByEmail(old.Email), FindByEmail(u.Email)
//cachegen:for UpdateUser evict ListByTeam(old.TeamID, _), ListByTeam(u.TeamID, _)
//cachegen:for RenameUser evict old=GetUser(id) GetUser(id), FindByEmail(old.Email), ListByTeam(old.TeamID, _)
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for CreateUser evict FindByEmail(u.Email), ListByTeam(u.TeamID, _)
//cachegen:for Ping pass
//cachegen:for FindByEmail index GetUser(result.TeamID) notfound=ErrNotFound
type IndexElsewhere interface{ Repository }

// Several lacks three evictions.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail cache notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for GetUsers batch GetUser(ids) by=it.ID
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser put GetUser(result.ID) = result
//cachegen:for Ping pass
//cachegen:for CreateUser evict FindByEmail(u.Email)
//cachegen:for UpdateUser evict FindByEmail, ListByTeam
//cachegen:for RenameUser evict GetUser(id), ListByTeam
type Several interface{ Repository }

// IndexForgotten does not evict the old address when UpdateUser changes it.
//
//cachegen:wrap
//cachegen:for GetUser cache notfound=ErrNotFound
//cachegen:for FindByEmail index GetUser(result.ID) notfound=ErrNotFound
//cachegen:for ListByTeam cache
//cachegen:for UpdateUser evict GetUser(u.ID), ListByTeam
//cachegen:for RenameUser evict GetUser(id), ListByTeam
//cachegen:for DeleteUsers evict GetUser(id) for _, id := range ids
//cachegen:for DeleteUsers evict FindByEmail, ListByTeam
//cachegen:for CreateUser evict GetUser(result.ID), FindByEmail(u.Email), ListByTeam(u.TeamID, _)
type IndexForgotten interface{ Repository }
