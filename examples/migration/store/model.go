package store

// User is a person. Its password's hash is not for JSON, yet a cache must not lose it.
type User struct {
	ID, Email, Name string
	PasswordHash    string `json:"-"`
	Roles           []string
}

// Channel is where people of a team talk.
type Channel struct{ ID, TeamID, Name, Header string }

// ChannelPatch changes a channel: nil leaves a field as it is.
type ChannelPatch struct{ Name, Header *string }

// Member is a user's membership of a channel.
type Member struct{ ChannelID, UserID string }

// Role permits things to those who have it.
type Role struct {
	ID, Name    string
	Permissions []string
}
