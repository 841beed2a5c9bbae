package codec_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"runtime"
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
	e.Field(`{"ID":`).Int64(v.ID)
	e.Field(`,"TeamID":`).Int64(v.TeamID)
	e.Field(`,"Name":`).Str(v.Name)
	e.Field(`,"Email":`).Str(v.Email)
	e.Field(`,"Phone":`).Str(v.Phone)
	e.Field(`,"Active":`).Bool(v.Active)
	e.Field(`,"CreatedAt":`).Time(v.CreatedAt)
	e.Field(`,"UpdatedAt":`).Time(v.UpdatedAt)
	encodeAddress(e.Field(`,"Address":`), &v.Address)
	codec.EncodeSlice(e.Field(`,"Tags":`), v.Tags, codec.EncodeStr)
	codec.EncodeStrMap(e.Field(`,"Attrs":`), v.Attrs, codec.EncodeStr)
	e.Field(`,"Score":`).Int64(v.Score)
	e.ObjEnd()
}

func decodeUser(d *codec.Decoder, v *user) {
	v.ID = d.Field(`{"ID":`).Int64()
	v.TeamID = d.Field(`,"TeamID":`).Int64()
	v.Name = d.Field(`,"Name":`).Str()
	v.Email = d.Field(`,"Email":`).Str()
	v.Phone = d.Field(`,"Phone":`).Str()
	v.Active = d.Field(`,"Active":`).Bool()
	v.CreatedAt = d.Field(`,"CreatedAt":`).Time()
	v.UpdatedAt = d.Field(`,"UpdatedAt":`).Time()
	decodeAddress(d.Field(`,"Address":`), &v.Address)
	codec.DecodeSlice(d.Field(`,"Tags":`), &v.Tags, codec.DecodeStr)
	codec.DecodeStrMap(d.Field(`,"Attrs":`), &v.Attrs, codec.DecodeStr)
	v.Score = d.Field(`,"Score":`).Int64()
	d.ObjEnd()
}

func cloneUser(depth codec.Depth, v *user) {
	codec.CopySlice(&v.Tags)
	codec.CopyMap(&v.Attrs)
}

func encodeAddress(e *codec.Encoder, v *address) {
	e.Field(`{"Street":`).Str(v.Street)
	e.Field(`,"City":`).Str(v.City)
	e.Field(`,"Country":`).Str(v.Country)
	e.ObjEnd()
}

func decodeAddress(d *codec.Decoder, v *address) {
	v.Street = d.Field(`{"Street":`).Str()
	v.City = d.Field(`,"City":`).Str()
	v.Country = d.Field(`,"Country":`).Str()
	d.ObjEnd()
}

// usersCodec is what the generator writes for []user.
var usersCodec = codec.Codec[[]user]{
	Encode: func(e *codec.Encoder, v []user) { codec.EncodeSlice(e, v, encodeUser) },
	Decode: func(d *codec.Decoder) (v []user) {
		codec.DecodeSlice(d, &v, decodeUser)
		return v
	},
	Clone: func(v []user) []user {
		codec.CloneSlice(0, &v, cloneUser)
		return v
	},
}

func newUsers() []user {
	users := make([]user, 50)
	for i := range users {
		users[i] = *newUser()
		users[i].ID += int64(i)
	}
	return users
}

// point is a value without references.
type point struct{ X, Y, Z int }

// pointCodec is what the generator writes for point.
var pointCodec = codec.Codec[point]{
	Encode: func(e *codec.Encoder, v point) { encodePoint(e, &v) },
	Decode: func(d *codec.Decoder) (v point) {
		decodePoint(d, &v)
		return v
	},
}

func encodePoint(e *codec.Encoder, v *point) {
	e.Field(`{"X":`).Int(v.X)
	e.Field(`,"Y":`).Int(v.Y)
	e.Field(`,"Z":`).Int(v.Z)
	e.ObjEnd()
}

func decodePoint(d *codec.Decoder, v *point) {
	v.X = d.Field(`{"X":`).Int()
	v.Y = d.Field(`,"Y":`).Int()
	v.Z = d.Field(`,"Z":`).Int()
	d.ObjEnd()
}

func newPoint() point { return point{1200, -7, 1 << 40} }

func cloneUserByHand(u *user) user {
	c := *u
	c.Tags = slices.Clone(u.Tags)
	c.Attrs = maps.Clone(u.Attrs)
	return c
}

func BenchmarkDecode(b *testing.B) {
	b.Run("user", func(b *testing.B) { benchmarkDecode(b, userCodec, newUser()) })
	b.Run("users", func(b *testing.B) { benchmarkDecode(b, usersCodec, newUsers()) })
	b.Run("point", func(b *testing.B) { benchmarkDecode(b, pointCodec, newPoint()) })
}

func benchmarkDecode[T any](b *testing.B, c codec.Codec[T], want T) {
	data, err := codec.Marshal(c, nil, want)
	if err != nil {
		b.Fatal(err)
	}
	if v, err := codec.Unmarshal(c, data); err != nil || !reflect.DeepEqual(v, want) {
		b.Fatal(v, err)
	}
	var sink T
	for name, c := range map[string]codec.Codec[T]{"generated": c, "reflect": codec.Reflect[T]()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if sink, err = codec.Unmarshal(c, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sink = *new(T)
			if err := json.Unmarshal(data, &sink); err != nil {
				b.Fatal(err)
			}
		}
	})
	runtime.KeepAlive(sink)
}

func BenchmarkEncode(b *testing.B) {
	b.Run("user", func(b *testing.B) { benchmarkEncode(b, userCodec, newUser()) })
	b.Run("users", func(b *testing.B) { benchmarkEncode(b, usersCodec, newUsers()) })
	b.Run("point", func(b *testing.B) { benchmarkEncode(b, pointCodec, newPoint()) })
}

func benchmarkEncode[T any](b *testing.B, c codec.Codec[T], v T) {
	var buf []byte
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = codec.Marshal(c, buf[:0], v)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = json.Marshal(v)
		}
	})
}

func BenchmarkClone(b *testing.B) {
	b.Run("user", func(b *testing.B) {
		benchmarkClone(b, userCodec, newUser(), func(u *user) *user {
			c := cloneUserByHand(u)
			return &c
		})
	})
	b.Run("users", func(b *testing.B) {
		benchmarkClone(b, usersCodec, newUsers(), func(users []user) []user {
			c := make([]user, len(users))
			for i := range users {
				c[i] = cloneUserByHand(&users[i])
			}
			return c
		})
	})
}

func benchmarkClone[T any](b *testing.B, c codec.Codec[T], v T, byHand func(T) T) {
	var sink T
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = codec.Copy(c, v)
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = byHand(v)
		}
	})
	runtime.KeepAlive(sink)
}
