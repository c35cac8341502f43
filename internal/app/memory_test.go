package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/haochaping/haochaping/internal/store"
)

func TestTheLeastLimitOfAllGroupsCounts(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no groups", nil, 0},
		{"version 2", map[string]string{
			"proc/self/cgroup": "0::/system.slice/haochaping.service\n",
			"sys/fs/cgroup/system.slice/haochaping.service/memory.max": "1073741824\n", "sys/fs/cgroup/system.slice/memory.max": "max\n",
		}, 1 << 30},
		{"less above", map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "1073741824\n", "sys/fs/cgroup/a/memory.max": "1000000\n",
		}, 1_000_000},
		{"no limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"version 1, which says none by a large number", map[string]string{
			"proc/self/cgroup":                           "5:cpu,cpuacct:/\n4:memory:/docker/abc\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		{"version 1 in a container, whose top is the group", map[string]string{
			"proc/self/cgroup": "4:hugetlb,memory:/docker/abc\n0::/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
		}, 512 << 20},
	} {
		root := t.TempDir()
		for name, content := range test.files {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, found := groupMemory(root); found != (test.want > 0) || found && got != test.want {
			t.Errorf("%s: got %d, %v, want %d", test.name, got, found, test.want)
		}
	}
}

func TestWhatIsBesideTheCollectorHasItsRoom(t *testing.T) {
	for _, test := range []struct{ allowed, beside, want int64 }{
		{1000, 0, 900},
		{1000, 500, 400},
		{1000, 800, 250}, // or it would collect without end
	} {
		if got := collectable(test.allowed, test.beside); got != test.want {
			t.Errorf("%d allowed, %d beside: got %d, want %d", test.allowed, test.beside, got, test.want)
		}
	}
	if embedded := store.EmbeddedMemory(); embedded < 32<<20 || embedded > 1<<30 {
		t.Errorf("an embedded database's caches are said to take %d bytes", embedded)
	}
}
