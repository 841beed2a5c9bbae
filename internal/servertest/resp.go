//go:build unix

package servertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// ask sends one inline command and returns the reply as text, arrays as their elements' lines. It keeps this
// package free of any client library, of which the tests may want to check the behaviour.
func ask(addr, format string, args ...any) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := fmt.Fprintf(conn, format+"\r\n", args...); err != nil {
		return "", err
	}
	return reply(bufio.NewReader(conn))
}

func reply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("empty reply")
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '-':
		return "", errors.New(rest)
	case '$', '*':
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return "", err
		}
		if kind == '$' {
			text := make([]byte, n+2)
			_, err := io.ReadFull(r, text)
			return string(text[:n]), err
		}
		elements := make([]string, n)
		for i := range elements {
			if elements[i], err = reply(r); err != nil {
				return "", err
			}
		}
		return strings.Join(elements, "\n"), nil
	default:
		return rest, nil
	}
}
