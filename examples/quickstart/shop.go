package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// shop holds the repository twice: bare and behind the cache.
type shop struct {
	db     *sqliteBooks
	cached *CachedBookRepository
}

// measure says how long do took and how many queries the database saw meanwhile.
func (s *shop) measure(do func() error) (time.Duration, int64, error) {
	queries, start := s.db.queries.Load(), time.Now()
	err := do()
	return time.Since(start), s.db.queries.Load() - queries, err
}

// coldAndWarm asks for the same things twice.
func (s *shop) coldAndWarm(ctx context.Context) error {
	calls := []struct {
		name string
		call func() error
	}{
		{"GetBook(42)", func() error { _, err := s.cached.GetBook(ctx, 42); return err }},
		{"FindByISBN(…)", func() error { _, err := s.cached.FindByISBN(ctx, "978-0000-000043"); return err }},
		{"ListByAuthor(7)", func() error { _, err := s.cached.ListByAuthor(ctx, 7); return err }},
		{"Bestsellers(10)", func() error { _, err := s.cached.Bestsellers(ctx, 10); return err }},
	}
	t := newTable("The same call twice", "cold", "warm", "faster", "queries")
	for _, c := range calls {
		cold, first, err := s.measure(c.call)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		const repeats = 200
		warm, more, err := s.measure(func() error {
			for range repeats {
				if err := c.call(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		warm /= repeats
		t.row(c.name, short(cold), short(warm), fmt.Sprintf("%.0f ×", float64(cold)/float64(warm)), first+more)
	}
	return t.print()
}

// traffic sends the same calls to the bare repository and to the cached one.
func (s *shop) traffic(ctx context.Context) error {
	const workers, calls = 8, 1_000
	replay := func(books BookRepository) (latencies []time.Duration, err error) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for worker := range workers {
			wg.Go(func() {
				zipf := rand.NewZipf(rand.New(rand.NewPCG(7, uint64(worker))), 1.1, 4, 2*2_000)
				own := make([]time.Duration, 0, calls)
				var failed error
				for i := range calls {
					id := int64(zipf.Uint64()) + 1 // half of the range has no book
					start := time.Now()
					var err error
					switch {
					case i%100 == 0:
						_, err = books.Bestsellers(ctx, 10)
					case i%5 == 0:
						_, err = books.ListByAuthor(ctx, id%authors)
					default:
						_, err = books.GetBook(ctx, id)
					}
					own = append(own, time.Since(start))
					if err != nil && !errors.Is(err, ErrNotFound) {
						failed = err
					}
				}
				mu.Lock()
				defer mu.Unlock()
				latencies, err = append(latencies, own...), errors.Join(err, failed)
			})
		}
		wg.Wait()
		slices.Sort(latencies)
		return latencies, err
	}
	run := func(books BookRepository) (wall time.Duration, queries int64, latencies []time.Duration, err error) {
		wall, queries, err = s.measure(func() error {
			latencies, err = replay(books)
			return err
		})
		return wall, queries, latencies, err
	}
	bareWall, bareQueries, bare, err := run(s.db)
	if err != nil {
		return err
	}
	cachedWall, cachedQueries, cached, err := run(s.cached)
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("%s calls by %d goroutines", thousands(workers*calls), workers), "before", "with cachegen", "")
	saved := 100 * float64(bareQueries-cachedQueries) / float64(bareQueries)
	t.row("database queries", thousands(bareQueries), thousands(cachedQueries), fmt.Sprintf("%.1f %% of loads saved", saved))
	t.row("time in all", short(bareWall), short(cachedWall), faster(bareWall, cachedWall))
	for _, p := range []int{50, 99} {
		b, c := bare[len(bare)*p/100], cached[len(cached)*p/100]
		t.row(fmt.Sprintf("latency, p%d", p), short(b), short(c), faster(b, c))
	}
	return t.print()
}

// update changes a price and asks for it at once.
func (s *shop) update(ctx context.Context) error {
	t := newTable("An update invalidates", "price", "queries")
	var book *Book
	look := func(when string) error {
		_, queries, err := s.measure(func() (err error) { book, err = s.cached.GetBook(ctx, 42); return err })
		if err != nil {
			return err
		}
		t.row(when, money(book.Cents), queries)
		return nil
	}
	if err := look("GetBook(42)"); err != nil {
		return err
	}
	if err := look("GetBook(42)"); err != nil {
		return err
	}
	reduced := *book
	reduced.Cents -= 99
	// The update itself, and what the book was before it: by what it was found then, it is cached too.
	_, queries, err := s.measure(func() error { return s.cached.UpdateBook(ctx, &reduced) })
	if err != nil {
		return err
	}
	t.row("UpdateBook(…)", "", queries)
	if err := look("GetBook(42)"); err != nil {
		return err
	}
	if book.Cents != reduced.Cents {
		return fmt.Errorf("the cache gave the old price, %s", money(book.Cents))
	}
	if err := look("GetBook(42)"); err != nil {
		return err
	}
	return t.print()
}

// stampede lets a thousand goroutines miss at the same moment.
func (s *shop) stampede(ctx context.Context) error {
	const goroutines = 1_000
	ask := func(books BookRepository) (time.Duration, int64, error) {
		return s.measure(func() error {
			start := make(chan struct{})
			errs := make(chan error, goroutines)
			for range goroutines {
				go func() {
					<-start
					_, err := books.Bestsellers(ctx, 20)
					errs <- err
				}()
			}
			close(start)
			var all error
			for range goroutines {
				all = errors.Join(all, <-errs)
			}
			return all
		})
	}
	wall, queries, err := ask(s.cached)
	if err != nil {
		return err
	}
	t := newTable("A stampede", "goroutines", "queries", "time in all")
	t.row("Bestsellers(20), not cached yet", thousands(goroutines), queries, short(wall))
	return t.print()
}

func faster(before, after time.Duration) string {
	return fmt.Sprintf("%.0f × faster", float64(before)/float64(after))
}
