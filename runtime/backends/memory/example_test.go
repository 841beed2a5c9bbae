package memory_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cachegen-go/cachegen/runtime/backends/memory"
)

func Example() {
	backend, err := memory.New(memory.Config{MaxEntries: 10_000})
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
