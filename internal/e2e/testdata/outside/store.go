// Package main is a user's program: a store with the method shapes of real programs, cached in two tiers.
package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"
)

var (
	ErrNotFound = errors.New("not found")
	ErrGone     = errors.New("gone")
)

//go:generate go tool cachegen
//cachegen:wrap ttl=10m prefix=outside.Store strict
type Store interface {
	//cachegen:cache if=allowFromCache notfound=ErrNotFound
	GetChannel(id string, allowFromCache bool) (*Channel, error)

	//cachegen:cache reload=!allowFromCache
	GetStorageUsage(allowFromCache, includeDeleted bool) (int64, error)

	//cachegen:cache
	GetRole(id string) (*Role, error)

	//cachegen:cache
	GetRoleByName(ctx context.Context, name string) (*Role, error)

	//cachegen:evict GetRole(r.ID), GetRoleByName(r.Name)
	SaveRole(r *Role) (*Role, error)

	//cachegen:evict GetRole(roleID), GetRoleByName(result.Name)
	DeleteRole(roleID string) (*Role, error)

	//cachegen:cache key=set(names)
	HigherScopedPermissions(names []string) (map[string]*Role, error)

	//cachegen:cache if="allowFromCache && o.Page == 0 && (o.PerPage == 30 || o.PerPage == 60)"
	GetPosts(o GetPostsOptions, allowFromCache bool, _ map[string]bool) (*PostList, error)

	//cachegen:cache unless="len(result) == 0" ignore=allowFromCache
	GetUserTeamIDs(userID string, allowFromCache bool) ([]string, error)

	//cachegen:cache key="u.ID, name"
	Membership(ctx context.Context, u *User, name string) (bool, bool, error)

	//cachegen:cache
	FindQueue(ctx context.Context, req QueueRequest) (owner string, version int64, at time.Time, err error)

	//cachegen:cache
	Exists(ctx context.Context, name string) bool

	//cachegen:cache
	Find(ctx context.Context, id int64) (*User, bool, error)

	//cachegen:evict Find(u.ID), Exists(u.Name), List()
	UpdateUser(ctx context.Context, u *User) error

	//cachegen:cache ttl=short
	List(ctx context.Context) []User

	//cachegen:cache
	GetRepository(ctx context.Context, idOrName any) (*Repository, error)

	//cachegen:cache
	FetchMulti(ctx context.Context, id string, keys []Label) (hits map[Label][]byte, misses []Label)

	//cachegen:cache jitter=0
	GetAll(ctx context.Context, parent int64, sortBy, order string, limit, offset int, search string, latest bool, tags []string) (*[]Meta, error)

	//cachegen:cache hash=token notfound=ErrNotFound,ErrGone negative=5s
	Session(_ context.Context, token string) (*User, error)

	//cachegen:evict List() if delete.Hard
	DeleteAttachment(ctx context.Context, delete *DeleteAttachment) error

	//cachegen:cache key=bucket.Name ignore=options
	Objects(ctx context.Context, bucket Bucket, options ...string) ([]string, error)

	//cachegen:cache
	GetClient(ctx context.Context, id string) (Client, error)

	//cachegen:evict GetClient(id)
	UpdateClient(ctx context.Context, id string, updater func(old Client) (Client, error)) error

	//cachegen:cache
	GetMember(userID string) (*Member, error)

	//cachegen:evict GetMember(m.UserID) for _, m := range result
	SaveMultipleMembers(m []*Member) ([]*Member, error)

	//cachegen:cache
	GetHour(ctx context.Context, t time.Time) (*Hour, error)

	//cachegen:cache
	GetDocument(ctx context.Context, id [16]byte) (*Document, error)

	//cachegen:pass
	All(ctx context.Context) iter.Seq2[User, error]
}

// set is a slice of names as a set.
func set(names []string) []string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

type (
	Channel struct {
		ID, Name string
		Members  []string
	}
	Role struct {
		ID, Name    string
		Permissions []string `json:"-"`
	}
	GetPostsOptions struct {
		ChannelID string
		Page      int
		PerPage   int
	}
	PostList struct {
		Order []string
		Posts map[string]*Post
	}
	Post struct {
		ID      string
		ReplyTo *Post
	}
	User struct {
		ID   int64
		Name string
	}
	QueueRequest struct {
		Namespace, Name string
		Kind, Partition int
		Sticky          bool
	}
	Repository struct{ ID, Name string }
	Label      struct{ Name, Value string }
	Meta       struct {
		ID     int64
		Labels map[string]string
	}
	DeleteAttachment struct {
		ID   int64
		Hard bool
	}
	Bucket struct {
		Name string
		Open func() error
	}
	Client struct {
		ID      string
		Secret  string `json:"-"`
		Origins []string
	}
	Member struct{ UserID, TeamID string }
	Hour   struct {
		hour  time.Time
		state state
	}
	state struct{ name string }
)

// Document has what encoding/json would lose or change.
type Document struct {
	*Audit
	ID       [16]byte
	Password string   `json:"-"`
	Nil      []string `json:"nil,omitempty"`
	Empty    []string `json:"empty,omitempty"`
	Created  time.Time
	Big      int64
	Raw      string
	version  int
}

type Audit struct{ By string }

func document(id [16]byte) *Document {
	return &Document{
		Audit: &Audit{By: "ann"}, ID: id, Password: "hunter2", Empty: []string{}, Big: 1<<63 - 1, Raw: "not UTF-8: \xff",
		Created: time.Date(2026, 11, 22, 10, 11, 12, 123456789, time.FixedZone("", 5*3600+45*60)), version: 7,
	}
}

// memoryStore is the store behind the cache; its answers depend on nothing but the arguments.
type memoryStore struct{}

func (memoryStore) GetChannel(id string, _ bool) (*Channel, error) {
	if id == "none" {
		return nil, ErrNotFound
	}
	return &Channel{ID: id, Name: "name of " + id, Members: []string{"ann", "bob"}}, nil
}
func (memoryStore) GetStorageUsage(_, includeDeleted bool) (int64, error) {
	if includeDeleted {
		return 200, nil
	}
	return 100, nil
}
func (memoryStore) GetRole(id string) (*Role, error) {
	return &Role{ID: id, Name: "role " + id, Permissions: []string{"read"}}, nil
}
func (memoryStore) GetRoleByName(_ context.Context, name string) (*Role, error) {
	return &Role{ID: strings.TrimPrefix(name, "role "), Name: name}, nil
}
func (memoryStore) SaveRole(r *Role) (*Role, error) { return r, nil }
func (memoryStore) DeleteRole(id string) (*Role, error) {
	return &Role{ID: id, Name: "role " + id}, nil
}
func (memoryStore) HigherScopedPermissions(names []string) (map[string]*Role, error) {
	roles := map[string]*Role{}
	for _, n := range names {
		roles[n] = &Role{Name: n}
	}
	return roles, nil
}
func (memoryStore) GetPosts(o GetPostsOptions, _ bool, _ map[string]bool) (*PostList, error) {
	first := &Post{ID: o.ChannelID + "/1"}
	return &PostList{Order: []string{"1", "2"}, Posts: map[string]*Post{"1": first, "2": {ID: "2", ReplyTo: first}}}, nil
}
func (memoryStore) GetUserTeamIDs(userID string, _ bool) ([]string, error) {
	if userID == "new" {
		return []string{}, nil
	}
	return []string{"team of " + userID}, nil
}
func (memoryStore) Membership(_ context.Context, u *User, name string) (bool, bool, error) {
	if u == nil {
		return false, false, ErrNotFound
	}
	return true, name == "admin", nil
}
func (memoryStore) FindQueue(_ context.Context, req QueueRequest) (string, int64, time.Time, error) {
	return req.Namespace + "/" + req.Name, int64(req.Partition), time.Unix(1, 0).UTC(), nil
}
func (memoryStore) Exists(_ context.Context, name string) bool { return name == "ann" }
func (memoryStore) Find(_ context.Context, id int64) (*User, bool, error) {
	if id > 1000 {
		return nil, false, nil
	}
	return &User{ID: id, Name: "ann"}, true, nil
}
func (memoryStore) UpdateUser(context.Context, *User) error { return nil }
func (memoryStore) List(context.Context) []User             { return []User{{1, "ann"}, {2, "bob"}} }
func (memoryStore) GetRepository(_ context.Context, idOrName any) (*Repository, error) {
	if id, ok := idOrName.(int); ok && id == 1 {
		return &Repository{ID: "1", Name: "by id"}, nil
	}
	return &Repository{ID: "1", Name: "by name"}, nil
}
func (memoryStore) FetchMulti(_ context.Context, id string, keys []Label) (hits map[Label][]byte, misses []Label) {
	hits = map[Label][]byte{}
	for i, k := range keys {
		if i%2 == 0 {
			hits[k] = []byte(id)
		} else {
			misses = append(misses, k)
		}
	}
	return hits, misses
}
func (memoryStore) GetAll(_ context.Context, parent int64, sortBy, order string, limit, offset int, search string, latest bool, tags []string) (*[]Meta, error) {
	if parent == 0 {
		return nil, nil
	}
	return &[]Meta{{ID: parent, Labels: map[string]string{"sort": sortBy + order, "search": search}}}, nil
}
func (memoryStore) Session(_ context.Context, token string) (*User, error) {
	switch token {
	case "":
		return nil, ErrNotFound
	case "old":
		return nil, ErrGone
	}
	return &User{ID: 1, Name: "ann"}, nil
}
func (memoryStore) DeleteAttachment(context.Context, *DeleteAttachment) error { return nil }
func (memoryStore) Objects(_ context.Context, b Bucket, _ ...string) ([]string, error) {
	return []string{b.Name + "/object"}, nil
}
func (memoryStore) GetClient(_ context.Context, id string) (Client, error) {
	return Client{ID: id, Secret: "s3cret", Origins: []string{}}, nil
}
func (memoryStore) UpdateClient(_ context.Context, id string, updater func(Client) (Client, error)) error {
	_, err := updater(Client{ID: id})
	return err
}
func (memoryStore) GetMember(userID string) (*Member, error)           { return &Member{UserID: userID}, nil }
func (memoryStore) SaveMultipleMembers(m []*Member) ([]*Member, error) { return m, nil }
func (memoryStore) GetHour(_ context.Context, t time.Time) (*Hour, error) {
	return &Hour{hour: t.UTC().Truncate(time.Hour), state: state{"open"}}, nil
}
func (memoryStore) GetDocument(_ context.Context, id [16]byte) (*Document, error) {
	return document(id), nil
}
func (memoryStore) All(context.Context) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) { yield(User{1, "ann"}, nil) }
}
