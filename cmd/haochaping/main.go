// Command haochaping is the open 政务服务"好差评" platform.
package main

import (
	"os"

	"github.com/haochaping/haochaping/internal/app"
)

func main() { os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr)) }
