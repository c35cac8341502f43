package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
)

// errCut stops a list.
var errCut = errors.New("cut short")

// rejections gives the list as “serial number: where: fields”.
func rejections(t *testing.T, s *affair.Service, source string) (list []string) {
	t.Helper()
	err := s.RejectedAfter(t.Context(), source, "", func(r affair.RejectedRow) error {
		var fields []string
		for _, v := range r.Violations {
			fields = append(fields, v.Field)
		}
		list = append(list, fmt.Sprintf("%s %s: %s: %s: %v", r.Source, r.SerialNo, r.Where, strings.Join(fields, ","), r.Cells))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func rejectedRows(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	b := batchOf(one(1), one(2), one(3, func(a *affair.Affair) { a.DoneTime = now.Add(time.Hour) }))
	b.Rows[1].Violations = []fault.Violation{{Field: "affairName", Reason: "最多 100 个字符，现有 101 个"}}
	wantStates(t, s.Take, b, affair.New, affair.Rejected, affair.Rejected)
	wantStates(t, s.Take, b, affair.Same, affair.Rejected, affair.Rejected)
	want := []string{"front S2: 第 3 行: affairName: [S2 甲]", "front S3: 第 4 行: affairDoneTime: [S3 甲]"}
	if diff := cmp.Diff(want, rejections(t, s, "front")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, rejections(t, s, "")); diff != "" {
		t.Errorf("of all sources: %s", diff)
	}
	var keys []string
	after := ""
	for range want { // one after the other, as a file is written that was cut short
		err := s.RejectedAfter(t.Context(), "front", after, func(r affair.RejectedRow) error {
			keys = append(keys, r.Key)
			return errCut
		})
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		after = keys[len(keys)-1]
	}
	if err := s.RejectedAfter(t.Context(), "front", after, func(affair.RejectedRow) error { return errCut }); err != nil || keys[0] >= keys[1] {
		t.Errorf("behind the last of %v: %v", keys, err)
	}
	if got := rejections(t, s, "other"); got != nil {
		t.Errorf("of another source: %v", got)
	}
	if n, err := d.CountRefusals(t.Context(), "front"); n != 2 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
	d.exec(t, "UPDATE affair_rejected SET sealed = substr(sealed, 2) WHERE serial_no = 'S3'")
	if diff := cmp.Diff([]string{want[0], "front S3: : : []"}, rejections(t, s, "front")); diff != "" {
		t.Errorf("with one that does not open: %s", diff)
	}
	want[1] = "front S3: : : []"
	corrected := batchOf(one(2))
	corrected.Source = "file" // wherever it comes from
	wantStates(t, s.Take, corrected, affair.New)
	if diff := cmp.Diff(want[1:], rejections(t, s, "")); diff != "" {
		t.Errorf("after S2 arrived: %s", diff)
	}
}

func rejectedByKey(t *testing.T, d *database) {
	s := d.migrated(t).affairService(t, clock)
	b := batchOf(one(1), one(2))
	for i := range b.Rows {
		b.Rows[i].SerialNo, b.Rows[i].Cells = "", []string{"", fmt.Sprint(i)}
		b.Rows[i].Violations = []fault.Violation{{Field: "affairSerialNo", Reason: "不能为空"}}
	}
	wantStates(t, s.Take, b, affair.Rejected, affair.Rejected)
	wantStates(t, s.Take, b, affair.Rejected, affair.Rejected) // again, as after a fall of the process
	var keys []string
	err := s.RejectedAfter(t.Context(), "", "", func(r affair.RejectedRow) error {
		keys = append(keys, r.Key)
		return nil
	})
	if err != nil || len(keys) != 2 || keys[0] == keys[1] {
		t.Fatalf("got the keys %v, %v, want two", keys, err)
	}
	still := batchOf(one(1))
	still.Source, still.Rows[0] = "file", b.Rows[0]
	still.Rows[0].Corrects, still.Rows[0].Cells = keys[0], []string{"", "another try"}
	wantStates(t, s.Take, still, affair.Rejected)
	if n, err := d.CountRefusals(t.Context(), "front"); n != 1 || err != nil {
		t.Errorf("%d wait beside what came again, %v, want 1", n, err)
	}
	keys = nil
	err = s.RejectedAfter(t.Context(), "file", "", func(r affair.RejectedRow) error {
		keys = append(keys, r.Key)
		return nil
	})
	if err != nil || len(keys) != 1 {
		t.Fatalf("got the keys %v, %v, want one", keys, err)
	}
	corrected := batchOf(one(1))
	corrected.Rows[0].Corrects = keys[0]
	wantStates(t, s.Take, corrected, affair.New)
	if n, err := d.CountRefusals(t.Context(), "file"); n != 0 || err != nil {
		t.Errorf("%d wait, %v, want none", n, err)
	}
	if n, err := d.CountRefusals(t.Context(), "front"); n != 1 || err != nil {
		t.Errorf("%d wait, %v, want 1", n, err)
	}
}
