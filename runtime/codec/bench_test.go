package codec_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cachegen-go/cachegen/runtime/codec"
)

// user is a typical entity: 12 fields, some 430 bytes of JSON.
type user struct {
	ID        int64
	TeamID    int64
	Name      string
	Email     string
	Phone     string
	Active    bool
	CreatedAt time.Time
	UpdatedAt time.Time
	Address   address
	Tags      []string
	Attrs     map[string]string
	Score     int64
}

type address struct{ Street, City, Country string }

func newUser() *user {
	return &user{
		ID: 123456789, TeamID: 42, Name: "Ada Lovelace", Email: "ada.lovelace@example.com", Phone: "+44 20 7946 0958", Active: true,
		CreatedAt: time.Date(2024, 3, 1, 12, 30, 15, 123456000, time.UTC), UpdatedAt: time.Date(2025, 7, 9, 8, 1, 2, 0, time.UTC),
		Address: address{"12 St James's Square", "London", "GB"}, Tags: []string{"admin", "beta", "founder", "newsletter"},
		Attrs: map[string]string{"locale": "en-GB", "theme": "dark", "plan": "enterprise"}, Score: 9876543,
	}
}

// userCodec is what the generator writes for *user.
var userCodec = codec.Codec[*user]{
	Encode: func(e *codec.Encoder, v *user) { codec.EncodePointer(e, v, encodeUser) },
	Decode: func(d *codec.Decoder) (v *user) {
		codec.DecodePointer(d, &v, decodeUser)
		return v
	},
	Clone: func(v *user) *user {
		codec.ClonePointer(0, &v, cloneUser)
		return v
	},
}

func encodeUser(e *codec.Encoder, v *user) {
	e.ObjStart()
	e.Field("ID").Int64(v.ID)
	e.Field("TeamID").Int64(v.TeamID)
	e.Field("Name").Str(v.Name)
	e.Field("Email").Str(v.Email)
	e.Field("Phone").Str(v.Phone)
	e.Field("Active").Bool(v.Active)
	e.Field("CreatedAt").Time(v.CreatedAt)
	e.Field("UpdatedAt").Time(v.UpdatedAt)
	encodeAddress(e.Field("Address"), &v.Address)
	codec.EncodeSlice(e.Field("Tags"), v.Tags, codec.EncodeStr)
	codec.EncodeStrMap(e.Field("Attrs"), v.Attrs, codec.EncodeStr)
	e.Field("Score").Int64(v.Score)
	e.ObjEnd()
}

func decodeUser(d *codec.Decoder, v *user) {
	d.ObjStart()
	v.ID = d.Field("ID").Int64()
	v.TeamID = d.Field("TeamID").Int64()
	v.Name = d.Field("Name").Str()
	v.Email = d.Field("Email").Str()
	v.Phone = d.Field("Phone").Str()
	v.Active = d.Field("Active").Bool()
	v.CreatedAt = d.Field("CreatedAt").Time()
	v.UpdatedAt = d.Field("UpdatedAt").Time()
	decodeAddress(d.Field("Address"), &v.Address)
	codec.DecodeSlice(d.Field("Tags"), &v.Tags, codec.DecodeStr)
	codec.DecodeStrMap(d.Field("Attrs"), &v.Attrs, codec.DecodeStr)
	v.Score = d.Field("Score").Int64()
	d.ObjEnd()
}

func cloneUser(depth codec.Depth, v *user) {
	codec.CopySlice(&v.Tags)
	codec.CopyMap(&v.Attrs)
}

func encodeAddress(e *codec.Encoder, v *address) {
	e.ObjStart()
	e.Field("Street").Str(v.Street)
	e.Field("City").Str(v.City)
	e.Field("Country").Str(v.Country)
	e.ObjEnd()
}

func decodeAddress(d *codec.Decoder, v *address) {
	d.ObjStart()
	v.Street = d.Field("Street").Str()
	v.City = d.Field("City").Str()
	v.Country = d.Field("Country").Str()
	d.ObjEnd()
}

var sink *user

func BenchmarkDecode(b *testing.B) {
	data, err := codec.Marshal(userCodec, nil, newUser())
	if err != nil {
		b.Fatal(err)
	}
	reflected := codec.Reflect[*user]()
	if v, err := codec.Unmarshal(userCodec, data); err != nil || !reflect.DeepEqual(v, newUser()) {
		b.Fatal(v, err)
	}
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sink, _ = codec.Unmarshal(userCodec, data)
		}
	})
	b.Run("reflect", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = codec.Unmarshal(reflected, data)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = new(user)
			if err := json.Unmarshal(data, sink); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	u := newUser()
	buf := make([]byte, 0, 1024)
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = codec.Marshal(userCodec, buf[:0], u)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = json.Marshal(u)
		}
	})
}

func BenchmarkClone(b *testing.B) {
	u := newUser()
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = codec.Copy(userCodec, u)
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := *u
			c.Tags = slices.Clone(u.Tags)
			c.Attrs = maps.Clone(u.Attrs)
			sink = &c
		}
	})
}
