package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by scripts/build (-ldflags -X).
var version string

// Version is the version of this program: the one it was built with, else what Go knows of its source.
func Version() string {
	if version != "" {
		return version
	}
	built, ok := debug.ReadBuildInfo()
	if !ok {
		return "unversioned"
	}
	for _, setting := range built.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	if built.Main.Version != "" && built.Main.Version != "(devel)" {
		return built.Main.Version
	}
	return "unversioned"
}

// fullVersion is the version with what it was built by and for.
func fullVersion() string {
	return fmt.Sprintf("haochaping %s (%s, %s/%s)", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

type versionCommand struct{}

// Run prints the version.
func (*versionCommand) Run(c *console) error {
	c.printf("%s\n", fullVersion())
	return nil
}
