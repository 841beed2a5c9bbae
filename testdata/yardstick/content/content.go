// Package content has the interfaces of media and notes servers: option structs, variadic funcs, builders.
package content

import (
	"context"
	"image"
	"io/fs"
	"text/template"
	"time"
)

type (
	Sqlizer      interface{ ToSql() (string, []any, error) }
	QueryOptions struct {
		Sort, Order string
		Max, Offset int
		Filters     Sqlizer
		Seed        string
	}
	Album struct {
		ID, Name   string
		Tags       map[string][]string
		Discs      map[int]string
		Duration   float32
		Library    *Library
		Annotation `structs:"-"`
	}
	Annotation struct {
		PlayCount int64
		PlayDate  *time.Time
		Starred   bool
	}
	Library struct{ Path string }
	Albums  []Album
	Memo    struct {
		ID         int32
		Visibility Visibility
		Payload    *Payload
		Parent     *Memo
	}
	Visibility string
	Payload    struct {
		Tags     []string
		Property *struct{ HasLink, HasCode bool }
		Location *image.Point
	}
	FindMemo struct {
		ID          *int32
		RowStatus   *string
		Before      *int64
		Visibility  []Visibility
		Filters     []string
		Random      bool
		ExcludeBody bool
	}
	DeleteAttachment struct{ ID int32 }
	SelectQuery      struct{ where []string }
	Record           struct {
		collection *Collection
		data       map[string]any
	}
	Collection struct {
		ID     string
		Fields []Field
	}
	Field interface {
		GetID() string
		ColumnType() string
	}
	Theme struct {
		Templates *template.Template
		Files     fs.FS
	}
	Setting struct {
		Key   string
		Value isSettingValue
	}
	isSettingValue interface{ isSettingValue() }
)

type AlbumRepository interface {
	CountAll(...QueryOptions) (int64, error)
	Exists(id string) (bool, error)
	Get(id string) (*Album, error)
	GetAll(...QueryOptions) (Albums, error)
	GetTouchedAlbums(libID int) (func(yield func(Album, error) bool), error)
	Put(*Album) error
	AnnotatedRepository
}

type AnnotatedRepository interface {
	IncPlayCount(itemID string, ts time.Time) error
	SetStar(starred bool, itemIDs ...string) error
	Annotations(itemIDs ...string) (map[string]Annotation, error)
}

type Memos interface {
	GetMemo(ctx context.Context, find *FindMemo) (*Memo, error)
	ListMemos(ctx context.Context, find *FindMemo) ([]*Memo, error)
	DeleteAttachment(ctx context.Context, delete *DeleteAttachment) error
	GetSetting(ctx context.Context, key string) (*Setting, error)
}

type Records interface {
	FindRecordById(collectionModelOrIdentifier any, recordId string, optFilters ...func(q *SelectQuery) error) (*Record, error)
	FindAllRecords(collection any, exprs ...Sqlizer) ([]*Record, error)
	FindCollectionByNameOrId(nameOrId string) (*Collection, error)
	CountRecords(collection any, exprs ...map[string]string) (int64, error)
	IsCollectionNameUnique(name string, excludeIds ...string) bool
}

type Themes interface {
	Get(name string) (*Theme, error)
	Colors(name string) ([]image.Point, error)
	Thumbnail(name string, size image.Point) (image.Image, error)
	Open(name string) (fs.File, error)
}
