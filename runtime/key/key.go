// Package key writes arguments as parts of cache keys. Two different values of a type never give one part, and no part
// holds a colon, so that parts joined by colons are different wherever the values are.
//
// A part is made of printable ASCII: numbers and booleans plain, strings in single quotes and percent-encoded, structs
// (a,b), slices [a,b], maps [k=v,k=v] sorted, nil for a nil, *v for what a pointer points to, 0x… for bytes.
// Brackets, quotes, commas and the rest never come from within a string, so a part can be read in one way only.
package key

import (
	"crypto/sha256"
	"encoding/hex"
)

// Size is the capacity to give the buffer that a key is built in. A longer key moves to the heap, which costs an
// allocation more.
const Size = 256

// MaxLen is the length in bytes beyond which String digests a key. Memcached takes 250; the rest is left to stores
// that add something of their own.
const MaxLen = 200

// String is the finished key. It allocates once, and may overwrite k.
func String(k []byte) string { return string(Short(k)) }

// Short is the finished key in k's place: k itself up to MaxLen bytes; beyond that its head, '#' and the SHA-256 of it
// all, MaxLen bytes together.
func Short(k []byte) []byte {
	if len(k) <= MaxLen {
		return k
	}
	const tail = 1 + 2*sha256.Size
	sum := sha256.Sum256(k)
	k = append(k[:MaxLen-tail], '#') // no argument gives this character
	return hex.AppendEncode(k, sum[:])
}

// Digest appends to dst the HMAC-SHA-256 of data under secret in hexadecimal, or data's SHA-256 where there is no
// secret. dst may end where data begins in the same buffer, which then overwrites data.
func Digest(dst, secret, data []byte) []byte {
	sum := sha256.Sum256(data)
	if len(secret) > 0 {
		sum = mac(secret, data)
	}
	return hex.AppendEncode(dst, sum[:])
}

// mac is HMAC (RFC 2104). crypto/hmac would make data, and with it the caller's key buffer, escape to the heap.
func mac(secret, data []byte) [sha256.Size]byte {
	var pad [sha256.BlockSize]byte
	if len(secret) > len(pad) {
		sum := sha256.Sum256(secret)
		copy(pad[:], sum[:])
	} else {
		copy(pad[:], secret)
	}
	for i := range pad {
		pad[i] ^= 0x36
	}
	var inner [sha256.BlockSize + 256]byte // room for most arguments, so that they stay off the heap
	sum := sha256.Sum256(append(append(inner[:0], pad[:]...), data...))
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	var outer [sha256.BlockSize + sha256.Size]byte
	return sha256.Sum256(append(append(outer[:0], pad[:]...), sum[:]...))
}

// Recover, deferred directly by a function that builds a key and returns it as an unnamed string or []byte, turns any
// panic into the key "", which stands for a call that cannot be keyed.
//
//	defer key.Recover()
func Recover() {
	_ = recover()
}

// unkeyable is what a part that cannot be written panics with.
type unkeyable string

func (u unkeyable) Error() string { return "cachegen: no key: " + string(u) }
