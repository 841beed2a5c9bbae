package otter_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cachegen-go/cachegen/runtime/backends/otter"
)

func Example() {
	backend, err := otter.New(otter.Config{MaxBytes: 16 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Close()

	ctx := context.Background()
	if err := backend.SetWithTTL(ctx, "greeting", []byte(`"hello"`), time.Minute); err != nil {
		log.Fatal(err)
	}
	value, err := backend.Get(ctx, "greeting")
	fmt.Println(string(value), err)
	_, err = backend.Get(ctx, "farewell")
	fmt.Println(err)
	// Output:
	// "hello" <nil>
	// cachegen: miss
}
