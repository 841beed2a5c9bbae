package redis_test

import (
	"context"
	"fmt"
	"log"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/cachegen-go/cachegen/runtime/backends/redis"
)

func Example() {
	client := goredis.NewClient(&goredis.Options{
		Addr:                  "localhost:6379",
		ContextTimeoutEnabled: true, // so that a stalled server holds nobody beyond his deadline
	})
	defer client.Close() // the client stays its owner's

	backend, err := redis.New(client)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := backend.SetWithTTL(ctx, "greeting", []byte(`"hello"`), time.Minute); err != nil {
		log.Fatal(err)
	}
	value, err := backend.Get(ctx, "greeting")
	fmt.Println(string(value), err)
}
