// Package streams has what should not be cached, beside things that may be.
package streams

import (
	"bufio"
	"context"
	"crypto"
	"database/sql"
	"hash"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"os"
	"reflect"
	"time"
	"unsafe"
)

type Files interface {
	Get(ctx context.Context, name string) (io.ReadCloser, int64, error)
	Stat(name string) (os.FileInfo, error)
	Handle(name string) (*os.File, error)
	Lines(name string) (*bufio.Scanner, error)
	Hash(name string) (hash.Hash, error)
	Mode(name string) (os.FileMode, time.Time, error)
}

type Queries interface {
	Query(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, q string, args ...any) *sql.Row
	Prepared(ctx context.Context, q string) (*sql.Stmt, error)
	Stats() sql.DBStats
	Columns(ctx context.Context, table string) ([]*sql.ColumnType, error)
}

type Nets interface {
	Dialled(addr string) (net.Conn, error)
	LookupIP(host string) ([]net.IP, error)
	LookupMX(host string) ([]*net.MX, error)
	LookupAddr(ip net.IP) (names []string, err error)
	Interfaces() ([]net.Interface, error)
	Get(url string) (*http.Response, error)
	Header(url string) (http.Header, error)
	Cookies(url string) ([]*http.Cookie, error)
}

type Sequences interface {
	All() iter.Seq[string]
	Pairs() iter.Seq2[int, error]
	Subscribe(topic string) (<-chan string, func(), error)
	Last(topic string) (string, error)
}

type Odd interface {
	GetType(name string) (reflect.Type, error)
	GetValue(name string) (reflect.Value, error)
	GetPointer(name string) (unsafe.Pointer, error)
	GetLogger(name string) (*slog.Logger, error)
	GetSigner(name string) (crypto.Signer, error)
	GetError(name string) (code int, cause error, err error)
	GetAny(name string) (any, error)
	GetNothing(name string)
	GetFunc(name string) func() (int, error)
	GetEmpty(name string) (struct{}, error)
	GetHashed(sum [32]byte) (crypto.Hash, error)
}

type Fillers interface {
	Fill(repo string, data *[]byte) error
	Scan(ctx context.Context, id int64, dest ...any) (bool, error)
	ReadInto(ctx context.Context, p []byte) (int64, error)
	Lookup(key string, out map[string]string) (found bool)
}
