package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// peerBook is the book that both processes look at.
const peerBook = 1234

// twoProcesses starts this program once more, on the same database and the same Redis, and lets the two read
// what the other has written.
func (s *shop) twoProcesses(ctx context.Context, file, redisAddr, namespace string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, "-peer", file, "-redis", redisAddr, "-namespace", namespace)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the second process: %w", err)
	}
	defer cmd.Wait()
	defer in.Close()
	answers := bufio.NewScanner(out)
	peer := func(order string) (string, error) {
		fmt.Fprintln(in, order)
		if !answers.Scan() {
			return "", fmt.Errorf("the second process has gone: %v", answers.Err())
		}
		price, failed, _ := strings.Cut(answers.Text(), " error: ")
		if failed != "" {
			return "", fmt.Errorf("the second process: %s", failed)
		}
		return price, nil
	}
	read := func() (string, error) {
		b, err := s.cached.GetBook(ctx, peerBook)
		if err != nil {
			return "", err
		}
		return money(b.Cents), nil
	}

	t := newTable("Two processes, one Redis", "this one", "the other", "queries")
	if _, err := peer("read"); err != nil { // its subscription is up once it has answered
		return err
	}
	row := func(name string, mine, other func() (string, error)) error {
		var a, b string
		_, queries, err := s.measure(func() (err error) {
			if mine != nil {
				if a, err = mine(); err != nil {
					return err
				}
			}
			if other != nil {
				b, err = other()
			}
			return err
		})
		t.row(name, a, b, queries)
		return err
	}
	order := func(what string) func() (string, error) { return func() (string, error) { return peer(what) } }
	if err := row("both read: loaded by the other", read, order("read")); err != nil {
		return err
	}
	before, err := read()
	if err != nil {
		return err
	}
	if err := row("the other sets a price", nil, order("reduce")); err != nil {
		return err
	}
	written := time.Now()
	for now := before; now == before; {
		if now, err = read(); err != nil {
			return err
		}
		if time.Since(written) > 2*time.Second {
			return fmt.Errorf("the other process's write was not seen within 2 s")
		}
	}
	seen := time.Since(written)
	if err := row(fmt.Sprintf("seen here after %s", short(seen)), read, order("read")); err != nil {
		return err
	}
	return t.print()
}

// runPeer is the second process: it does what its standard input says.
func runPeer(ctx context.Context, file, redisAddr, namespace string) error {
	db, err := openBooks(file)
	if err != nil {
		return err
	}
	defer db.db.Close()
	cache, err := openCache(redisAddr, namespace)
	if err != nil {
		return err
	}
	defer cache.Close()
	shop := NewCachedBookRepository(db, cache)

	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		book, err := shop.GetBook(ctx, peerBook)
		if err == nil && orders.Text() == "reduce" {
			book.Cents -= 100
			err = shop.UpdateBook(ctx, book)
		}
		if err != nil {
			fmt.Println(" error:", err)
			continue
		}
		fmt.Println(money(book.Cents))
	}
	return orders.Err()
}
