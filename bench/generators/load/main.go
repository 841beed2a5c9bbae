// Load reads the types of the packages in the current directory's module, and does nothing with them.
package main

import (
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
)

func main() {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo
	pkgs, err := packages.Load(&packages.Config{Mode: mode}, "./...")
	if err != nil || len(pkgs) == 0 || packages.PrintErrors(pkgs) > 0 {
		fmt.Fprintln(os.Stderr, "no packages:", err)
		os.Exit(1)
	}
}
