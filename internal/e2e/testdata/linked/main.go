// This program has a cache over memory and nothing else: what it is linked with is what the runtime costs.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cachegen-go/cachegen/runtime"
	"github.com/cachegen-go/cachegen/runtime/backends/memory"
	"github.com/cachegen-go/cachegen/runtime/codec"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	backend, err := memory.New(memory.Config{MaxEntries: 10})
	if err != nil {
		return err
	}
	cache, err := runtime.New(backend)
	if err != nil {
		return err
	}
	defer cache.Close()
	names := runtime.NewMethod(cache, runtime.MethodConfig[string]{Prefix: "linked", Name: "Name", Codec: codec.Reflect[string]()})
	_, err = names.Load(ctx, string(names.Key(nil)), func(context.Context, *runtime.Fill) (string, error) { return "Ann", nil })
	return err
}
