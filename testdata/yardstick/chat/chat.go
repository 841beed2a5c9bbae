// Package chat has the interfaces of a team messenger's store: flags that skip the cache, batches, no contexts.
package chat

import (
	"context"
	"time"
)

type (
	Channel struct {
		ID, TeamID, Name, Header string
		CreateAt, DeleteAt       int64
		Props                    map[string]string
	}
	User struct {
		ID, Username, Email string
		Password            string `json:"-"`
		Roles               []string
		NotifyProps         map[string]string
		Timezone            *time.Location `json:"-"`
	}
	Post struct {
		ID, ChannelID, UserID, Message string
		Props                          map[string]any
		Metadata                       *Metadata
	}
	Metadata struct {
		Embeds []Embed
		Files  []*File
	}
	Embed struct {
		Kind string
		URL  string
	}
	File struct {
		ID, Name string
		Size     int64
		Content  *[]byte
	}
	PostList struct {
		Order []string
		Posts map[string]*Post
		Next  *string
	}
	GetPostsOptions struct {
		ChannelID     string
		Page, PerPage int
		SkipFetch     bool
	}
	Role struct {
		ID, Name    string
		Permissions []string
		version     int
	}
	RolePermissions struct{ RoleID, Name string }
	Member          struct {
		ChannelID, UserID string
		Roles             string
		LastViewed        time.Time
	}
	Emoji struct{ ID, Name, CreatorID string }
	Team  struct {
		ID, Name    string
		InviteID    string
		Groups      []string
		Constrained *bool
	}
	TermsOfService struct {
		ID, Text string
		CreateAt int64
	}
	Status  struct{ UserID, Status string }
	Webhook struct{ ID, ChannelID, Secret string }
	License struct {
		ID    string
		Bytes []byte
	}
)

type Channels interface {
	Get(id string, allowFromCache bool) (*Channel, error)
	GetMany(ids []string, allowFromCache bool) ([]*Channel, error)
	GetByName(teamID string, name string, allowFromCache bool) (*Channel, error)
	GetByNames(teamID string, names []string, allowFromCache bool) ([]*Channel, error)
	GetDeleted(teamID string, offset int, limit int, userID string) ([]*Channel, error)
	GetMemberCount(channelID string, allowFromCache bool) (int64, error)
	GetMemberCountFromCache(channelID string) int64
	GetChannelsMemberCount(channelIDs []string) (map[string]int64, error)
	GetAllChannelMembersForUser(ctx context.Context, userID string, allowFromCache bool, includeDeleted bool) (map[string]string, error)
	IsUserInChannelUseCache(userID string, channelID string) bool
	GetMember(ctx context.Context, channelID string, userID string) (*Member, error)
	SaveMultipleMembers(members []*Member) ([]*Member, error)
	Save(channel *Channel, maxChannelsPerTeam int64) (*Channel, error)
	InvalidateMemberCount(channelID string)
}

type Users interface {
	Get(ctx context.Context, id string) (*User, error)
	GetMany(ctx context.Context, ids []string) ([]*User, error)
	GetAllProfilesInChannel(ctx context.Context, channelID string, allowFromCache bool) (map[string]*User, error)
	GetEtagForAllProfiles() string
	InvalidateProfilesInChannelCacheByUser(userID string)
}

type Posts interface {
	GetPosts(options GetPostsOptions, allowFromCache bool, sanitizeOptions map[string]bool) (*PostList, error)
	GetSingle(ctx context.Context, id string, inclDeleted bool) (*Post, error)
	GetPostsSince(options GetPostsOptions, _ map[string]bool) (*PostList, error)
	GetEtag(channelID string, allowFromCache bool, collapsedThreads bool) string
	HasAutoResponsePostByUserSince(options GetPostsOptions, userID string) (bool, error)
}

type Roles interface {
	Get(roleID string) (*Role, error)
	GetByName(ctx context.Context, name string) (*Role, error)
	GetByNames(names []string) ([]*Role, error)
	ChannelHigherScopedPermissions(roleNames []string) (map[string]*RolePermissions, error)
	AllChannelSchemeRoles() ([]*Role, error)
	Save(role *Role) (*Role, error)
	Delete(roleID string) (*Role, error)
}

type Emojis interface {
	Get(ctx context.Context, id string, allowFromCache bool) (*Emoji, error)
	GetByName(ctx context.Context, name string, allowFromCache bool) (*Emoji, error)
	GetMultipleByName(ctx context.Context, names []string) ([]*Emoji, error)
	GetList(offset, limit int, sort string) ([]*Emoji, error)
	Delete(emoji *Emoji, time int64) error
}

type Teams interface {
	Get(id string) (*Team, error)
	GetByInviteID(inviteID string) (*Team, error)
	GetUserTeamIDs(userID string, allowFromCache bool) ([]string, error)
	GetCommonTeamIDsForTwoUsers(userID, otherUserID string) ([]string, error)
	GetTotalMemberCount(teamID string, restrictions *struct{ Teams, Channels []string }) (int64, error)
}

type Files interface {
	GetByIDs(ids []string, includeDeleted, allowFromCache bool) ([]*File, error)
	GetStorageUsage(allowFromCache, includeDeleted bool) (int64, error)
	GetForPost(postID string, readFromMaster, includeDeleted, allowFromCache bool) ([]*File, error)
	GetUptoNSizeFileTime(n int64) (int64, error)
}

type Terms interface {
	GetLatest(allowFromCache bool) (*TermsOfService, error)
	Get(id string, allowFromCache bool) (*TermsOfService, error)
	Save(t *TermsOfService) (*TermsOfService, error)
}

type Webhooks interface {
	GetIncoming(id string, allowFromCache bool) (*Webhook, error)
	AnalyticsIncomingCount(teamID string, userID string) (int64, error)
}

// Root hands out the stores.
type Root interface {
	Channel() Channels
	User() Users
	Close()
	GetDBSchemaVersion() (int, error)
	TotalReadDbConnections() int
	Context() context.Context
}
