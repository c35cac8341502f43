package app

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/sheet"
)

// What another system sent and what was not taken goes to people as it was, but as no formula, whatever it begins with; cut of its
// blanks by an import it is the same again.
func TestRejectedRowsComputeNothing(t *testing.T) {
	var text strings.Builder
	l, err := newList(&text)
	if err != nil {
		t.Fatal(err)
	}
	cells := []string{
		"=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u3000=1", "＝1", "＋1", "－1", "＠1", "=HYPERLINK(\"http://evil\")", "440100199001011234",
		"广州", "-5", "", "1",
	}
	l.write(append([]string(nil), cells...)...)
	l.csv.Flush()
	got, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).Read()
	if err != nil || len(got) != len(cells) {
		t.Fatalf("%v, %v", got, err)
	}
	for i, cell := range cells {
		if plain := i >= len(cells)-4; strings.HasPrefix(got[i], "\t") == plain || !strings.HasSuffix(got[i], cell) && cell != "\r=1" {
			t.Errorf("%q is written %q", cell, got[i])
		}
	}
	rows, err := sheet.Read([]byte(text.String()), "", sheet.Usual())
	if err != nil || len(rows) != 1 || rows[0].Cells[0] != "=1+1" {
		t.Errorf("%v, %v", rows, err)
	}
}
