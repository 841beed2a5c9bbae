package gen_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"github.com/cachegen-go/cachegen/gen"
)

// What generation would write for a package, and what stands in the way.
func ExampleGenerate() {
	result, err := gen.Generate(context.Background(), gen.Config{Dir: "..", Patterns: []string{"./internal/docs/shop"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		fmt.Println(d)
	}
	for _, f := range result.Files {
		fmt.Println(filepath.Base(f.Path))
	}
	// Output:
	// cachegen_codec.go
	// users_cachegen.go
}
