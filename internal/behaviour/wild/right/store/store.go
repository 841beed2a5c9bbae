// Package store is one of two packages of one name that a Persister is made of.
package store

import "context"

// Query is what a filter narrows.
type Query struct{ Limit int }

// Devices are kept here.
type Devices interface {
	GetDevice(ctx context.Context, id string) (*Device, error)
	FindDevice(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Device, error)
	ListDevices(ctx context.Context, page, perPage int) ([]Device, error)
	CountDevices(ctx context.Context) (int64, error)
	UpdateDevice(ctx context.Context, v *Device) error
	DeleteDevice(ctx context.Context, id string) error
}

// Device is a row.
type Device struct{ ID, Note string }

// Codes are kept here.
type Codes interface {
	GetCode(ctx context.Context, id string) (*Code, error)
	FindCode(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Code, error)
	ListCodes(ctx context.Context, page, perPage int) ([]Code, error)
	CountCodes(ctx context.Context) (int64, error)
	UpdateCode(ctx context.Context, v *Code) error
	DeleteCode(ctx context.Context, id string) error
}

// Code is a row.
type Code struct{ ID, Note string }

// Links are kept here.
type Links interface {
	GetLink(ctx context.Context, id string) (*Link, error)
	FindLink(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Link, error)
	ListLinks(ctx context.Context, page, perPage int) ([]Link, error)
	CountLinks(ctx context.Context) (int64, error)
	UpdateLink(ctx context.Context, v *Link) error
	DeleteLink(ctx context.Context, id string) error
}

// Link is a row.
type Link struct{ ID, Note string }

// Challenges are kept here.
type Challenges interface {
	GetChallenge(ctx context.Context, id string) (*Challenge, error)
	FindChallenge(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Challenge, error)
	ListChallenges(ctx context.Context, page, perPage int) ([]Challenge, error)
	CountChallenges(ctx context.Context) (int64, error)
	UpdateChallenge(ctx context.Context, v *Challenge) error
	DeleteChallenge(ctx context.Context, id string) error
}

// Challenge is a row.
type Challenge struct{ ID, Note string }

// Providers are kept here.
type Providers interface {
	GetProvider(ctx context.Context, id string) (*Provider, error)
	FindProvider(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Provider, error)
	ListProviders(ctx context.Context, page, perPage int) ([]Provider, error)
	CountProviders(ctx context.Context) (int64, error)
	UpdateProvider(ctx context.Context, v *Provider) error
	DeleteProvider(ctx context.Context, id string) error
}

// Provider is a row.
type Provider struct{ ID, Note string }

// Tenants are kept here.
type Tenants interface {
	GetTenant(ctx context.Context, id string) (*Tenant, error)
	FindTenant(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Tenant, error)
	ListTenants(ctx context.Context, page, perPage int) ([]Tenant, error)
	CountTenants(ctx context.Context) (int64, error)
	UpdateTenant(ctx context.Context, v *Tenant) error
	DeleteTenant(ctx context.Context, id string) error
}

// Tenant is a row.
type Tenant struct{ ID, Note string }

// Keys are kept here.
type Keys interface {
	GetKey(ctx context.Context, id string) (*Key, error)
	FindKey(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Key, error)
	ListKeys(ctx context.Context, page, perPage int) ([]Key, error)
	CountKeys(ctx context.Context) (int64, error)
	UpdateKey(ctx context.Context, v *Key) error
	DeleteKey(ctx context.Context, id string) error
}

// Key is a row.
type Key struct{ ID, Note string }

// Audits are kept here.
type Audits interface {
	GetAudit(ctx context.Context, id string) (*Audit, error)
	FindAudit(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Audit, error)
	ListAudits(ctx context.Context, page, perPage int) ([]Audit, error)
	CountAudits(ctx context.Context) (int64, error)
	UpdateAudit(ctx context.Context, v *Audit) error
	DeleteAudit(ctx context.Context, id string) error
}

// Audit is a row.
type Audit struct{ ID, Note string }

// Schemas are kept here.
type Schemas interface {
	GetSchema(ctx context.Context, id string) (*Schema, error)
	FindSchema(ctx context.Context, id any, collection string, filters ...func(*Query) error) (*Schema, error)
	ListSchemas(ctx context.Context, page, perPage int) ([]Schema, error)
	CountSchemas(ctx context.Context) (int64, error)
	UpdateSchema(ctx context.Context, v *Schema) error
	DeleteSchema(ctx context.Context, id string) error
}

// Schema is a row.
type Schema struct{ ID, Note string }
