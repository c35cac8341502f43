package sheet

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines may end with a carriage return alone, as spreadsheet programs on a Mac write them: read as one line they would be all head and no rows.
func TestLinesThatEndWithACarriageReturn(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []Row
	}{
		"alone":               {"编号;名称\rA1;甲\r\r\"A;2\";乙\r", []Row{{Number: 1, Cells: []string{"编号", "名称"}}, {Number: 2, Cells: []string{"A1", "甲"}}, {Number: 4, Cells: []string{"A;2", "乙"}}}},
		"with a line feed":    {"编号,名称\r\nA1,甲\r\n", []Row{{Number: 1, Cells: []string{"编号", "名称"}}, {Number: 2, Cells: []string{"A1", "甲"}}}},
		"alone within a cell": {"编号,名称\n\"A\r1\",甲\n", []Row{{Number: 1, Cells: []string{"编号", "名称"}}, {Number: 2, Cells: []string{"A\r1", "甲"}}}},
	} {
		whole, err := Read([]byte(c.file), "", Usual())
		if diff := cmp.Diff(c.want, whole); err != nil || diff != "" {
			t.Errorf("%s, at once: %v %s", name, err, diff)
		}
		stream, err := OpenData("list.csv", []byte(c.file), "", Long())
		if err != nil {
			t.Fatal(err)
		}
		var streamed []Row
		for {
			row, err := stream.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			streamed = append(streamed, row)
		}
		if diff := cmp.Diff(c.want, streamed); diff != "" {
			t.Errorf("%s, streamed: %s", name, diff)
		}
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
	}
}
