package cachez_test

import (
	"log"
	"net/http"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/cachez"
)

// The page on a listener of its own, which only this machine reaches.
func Example() {
	store, err := memory.New(memory.Config{})
	if err != nil {
		log.Fatal(err)
	}
	page := cachez.New(cachez.WithEvict())
	cache, err := runtime.New(store, runtime.WithObserver(page), runtime.WithHotKeys(20))
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()

	debug := http.NewServeMux()
	debug.Handle("/debug/cachez/", page)
	log.Fatal(http.ListenAndServe("localhost:6060", debug))
}
