package venue

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"3-综合受理":                       "3-综合受理",
		"../../etc/hosts":              "_.._etc_hosts",
		`a/b\c:d*e?f"g<h>i|j`:          "a_b_c_d_e_f_g_h_i_j",
		"一 二\u3000三\n四\x00五\u202e六":    "一_二_三_四_五_六",
		".hidden.":                     "hidden",
		"A-" + strings.Repeat("长", 90): "A-" + strings.Repeat("长", 58),
	} {
		if got := FileName(in); got != want || filepath.Base(got) != got {
			t.Errorf("FileName(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestNoPictureOfAHallCoversAnother(t *testing.T) {
	codes := Codes{BaseURL: "https://h", Pixels: 100}
	windows := []Window{
		{Code: "C1", Number: "A/1", Name: "x"}, {Code: "C2", Number: "A:1", Name: "x"}, {Code: "C3", Number: "a_1", Name: "X"},
	}
	var b bytes.Buffer
	a := codes.NewArchive(&b, time.Now())
	if err := a.Windows("", windows); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range archive.File {
		got = append(got, file.Name)
	}
	want := []string{"A_1-x.png", "A_1-x.svg", "A_1-x-C2.png", "A_1-x-C2.svg", "a_1-X-C3.png", "a_1-X-C3.svg"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
