package app

import (
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// ballast is as much as Ballast weighs: the heap grows by that, and by what is in use, before garbage is collected.
const ballast = 24 << 20

// Ballast makes the garbage collector run less often while little is in use, which is when it costs most: what it must look
// through is every waiting caller's stack. It is memory that nobody writes to, so that none is taken from the machine; a
// server keeps it as long as it serves. Weighed against a lower GOGC with a memory limit: near the limit that collects
// without end.
func Ballast() []byte { return make([]byte, ballast) }

// heedMemoryLimit makes the garbage collector work harder before the kernel kills: at nine tenths of what the control group allows,
// without what is held beside the collector; the rest is for what nobody counts. At least a quarter is left, or it would collect
// without end. Who sets GOMEMLIMIT himself knows better.
func heedMemoryLimit(beside int64) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if allowed, found := groupMemory("/"); found {
		debug.SetMemoryLimit(collectable(allowed, beside))
	}
}

func collectable(allowed, beside int64) int64 { return max(allowed/10*9-beside, allowed/4) }

// groupMemory is how many bytes the control groups allow that this process is in: the least of its own group's limit and of those
// above, of version 2 or 1. Below root are /proc and /sys.
func groupMemory(root string) (allowed int64, found bool) {
	groups, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup")) //nolint:gosec // the kernel's own
	if err != nil {
		return 0, false
	}
	allowed = math.MaxInt64
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) != 3 {
			continue
		}
		folder, name := "sys/fs/cgroup", "memory.max"
		if parts[1] != "" {
			if !strings.Contains(","+parts[1]+",", ",memory,") {
				continue
			}
			folder, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		// In a container the path may be the host's, and the mount begins with the group itself: then only its top is there.
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			text, err := os.ReadFile(filepath.Join(root, folder, group, name)) //nolint:gosec // the kernel's own
			limit, wrong := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err == nil && wrong == nil && limit > 0 { // "max" is none; version 1 says so by a number that no machine has
				allowed = min(allowed, limit)
			}
			if group == "/" {
				break
			}
		}
	}
	return allowed, allowed < math.MaxInt64/2
}
