package backup_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/privacy"
)

// text is a source that writes a text.
type text []byte

func (s text) Dump(_ context.Context, begin func(backup.Content) (io.Writer, error)) error {
	to, err := begin(backup.Content{Engine: "sqlite", Schema: 3})
	if err != nil {
		return err
	}
	_, err = to.Write(s)
	return err
}

var moment = time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC)

func making(source backup.Source, keys *privacy.Keys) *backup.Making {
	return &backup.Making{Source: source, Keys: keys, Algorithm: privacy.SM4, Now: func() time.Time { return moment }}
}

// incompressible is a text of that length.
func incompressible(length int) text {
	b := make(text, length)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func made(t *testing.T, source backup.Source, keys *privacy.Keys) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a"+backup.Extension)
	if _, err := backup.Make(t.Context(), file, making(source, keys)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestABackupGivesWhatWasWritten(t *testing.T) {
	keys := privacy.NewKeys()
	for _, source := range []text{{}, text("好差评"), incompressible(3 << 20), bytes.Repeat([]byte{7}, 9<<20)} {
		file := made(t, source, keys)
		r, err := backup.Open(file, keys)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, source) {
			t.Errorf("%d bytes: got %d, %v", len(source), len(got), err)
		}
		if r.Engine != "sqlite" || r.Schema != 3 || !r.At.Equal(moment) {
			t.Errorf("the head is %+v", r.Head)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := backup.Unopened(file); err != nil {
			t.Errorf("without a key: %v", err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

func TestWhatIsNotAWholeBackupIsRefused(t *testing.T) {
	keys := privacy.NewKeys()
	whole, err := os.ReadFile(made(t, incompressible(600<<10), keys))
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.IndexByte(whole, '\n') + 1
	head := line + 4 + int(binary.BigEndian.Uint32(whole[line:]))
	changed := func(at int) []byte {
		c := bytes.Clone(whole)
		c[at] ^= 4
		return c
	}
	rekeyed := *keys
	rekeyed.Index = privacy.NewKeys().Index
	for _, tt := range []struct {
		name string
		file []byte
		keys *privacy.Keys
		want error
	}{
		{"nothing", nil, keys, backup.ErrNone},
		{"another file", []byte("SQLite format 3\x00 and so on"), keys, backup.ErrNone},
		{"a newer format", bytes.Replace(whole, []byte("backup 1\n"), []byte("backup 2\n"), 1), keys, backup.ErrNewer},
		{"another key file", whole, privacy.NewKeys(), backup.ErrKey},
		{"another index key", whole, &rekeyed, backup.ErrKey},
		{"a changed head", bytes.Replace(whole, []byte("2026-11-28"), []byte("2026-11-27"), 1), keys, backup.ErrDamaged},
		{"a changed bit of the first piece", changed(head + 50), keys, backup.ErrDamaged},
		{"a changed bit in the middle", changed(len(whole) / 2), keys, backup.ErrDamaged},
		{"a changed checksum", changed(len(whole) - 1), keys, backup.ErrDamaged},
		{"a byte too much", append(bytes.Clone(whole), 0), keys, backup.ErrDamaged},
		{"cut in the head", whole[:head-1], keys, backup.ErrCut},
		{"cut after the head", whole[:head], keys, backup.ErrCut},
		{"cut in the middle", whole[:len(whole)/2], keys, backup.ErrCut},
		{"cut by its checksum", whole[:len(whole)-32], keys, backup.ErrCut},
		{"cut by a byte", whole[:len(whole)-1], keys, backup.ErrCut},
	} {
		file := filepath.Join(t.TempDir(), "b")
		if err := os.WriteFile(file, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := backup.Verify(file, tt.keys); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if _, err := backup.Unopened(file); err == nil && !errors.Is(tt.want, backup.ErrKey) {
			t.Errorf("%s: taken without a key", tt.name)
		}
	}
}

// broken is a source that fails when it has written something.
type broken struct{ err error }

func (s broken) Dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error {
	return errors.Join(incompressible(1<<20).Dump(ctx, begin), s.err)
}

func TestABackupThatFailsLeavesNoFile(t *testing.T) {
	folder, gone := t.TempDir(), errors.New("the database is gone")
	if _, err := backup.Make(t.Context(), filepath.Join(folder, "a"), making(broken{gone}, privacy.NewKeys())); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestABackupOverwritesNothingButWhatAKilledOneLeft(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	keys := privacy.NewKeys()
	left, err := os.Create(file + ".part") //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	if _, err := left.Write(incompressible(1 << 20)); err != nil {
		t.Fatal(err)
	}
	if err := backup.Lock(left); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Make(t.Context(), file, making(text("a"), keys)); !errors.Is(err, backup.ErrUnderWay) {
		t.Errorf("beside another process: got %v", err)
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Make(t.Context(), file, making(text("a"), keys)); err != nil {
		t.Error(err)
	}
	if _, _, err := backup.Verify(file, keys); err != nil {
		t.Error(err)
	}
	if _, err := backup.Make(t.Context(), file, making(text("b"), keys)); !errors.Is(err, backup.ErrExists) {
		t.Errorf("over a backup: got %v", err)
	}
}

// endless writes much without holding it.
type endless int

func (s endless) Dump(_ context.Context, begin func(backup.Content) (io.Writer, error)) error {
	to, err := begin(backup.Content{})
	for piece := incompressible(1 << 20); err == nil && s > 0; s-- {
		_, err = to.Write(piece)
	}
	return err
}

func TestMemoryDoesNotGrowWithTheDatabase(t *testing.T) {
	allocated := func(megabytes int) uint64 {
		keys := privacy.NewKeys()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := backup.Verify(made(t, endless(megabytes), keys), keys); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := allocated(4), allocated(40)
	if more := int64(many) - int64(few); more > 4<<20 { //nolint:gosec // far below
		t.Errorf("36 MB more cost %d bytes of memory more", more)
	}
	t.Logf("memory asked for: %d kB for 4 MB, %d kB for 40 MB", few>>10, many>>10)
}
