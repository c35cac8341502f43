package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// printed is everything that can be read in a value, sealed bytes as text too.
func printed(value any) string { return fmt.Sprintf("%+v %q", value, value) }

func TestNewestMasksNamesAndTellsNothingElse(t *testing.T) {
	s, g := guarded(t, nil)
	seal := func(entity, name string) Listed {
		r := affair()
		r.Personal = Personal{
			UserID: "secret-1", UserName: name, ContactPhone: "secret-3", PassportName: "secret-4", CertificateNo: "secret-5",
			OfficerName: "secret-6", Remark: "secret-7", AcceptRemark: "secret-8", DealRemark: "secret-9",
		}
		record, err := s.Record(&r)
		if err != nil {
			t.Fatal(err)
		}
		// As the store would have it, sealed for its own serial number.
		return Listed{
			Serial: record.Serial, EntityCode: entity, ItemName: "设立登记", Stars: 4, Tags: []string{"406"}, EvalTime: evening, Sealed: record.Sealed,
		}
	}
	g.listed = []Listed{seal("egovAffair", "张三丰"), seal("egovGuide", "李"), seal("hotlineAffair", "")}
	got, err := s.Newest(t.Context(), Listing{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	var want []Public
	for i, name := range []string{"张*", "*", ""} {
		l := g.listed[i]
		want = append(want, Public{
			Serial: l.Serial, UserName: name, EntityCode: l.EntityCode, ItemName: "设立登记", Stars: 4, Tags: []string{"406"}, EvalTime: evening,
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := printed(got); strings.Contains(text, "secret") || strings.Contains(text, "三丰") {
		t.Errorf("something personal is told: %s", text)
	}
}

func TestNewestOfWhatDoesNotOpenIsAFault(t *testing.T) {
	s, g := guarded(t, nil)
	g.listed = []Listed{{Serial: "S1", Stars: 5, EvalTime: time.Now(), Sealed: []byte("not sealed by us")}}
	got, err := s.Newest(t.Context(), Listing{Limit: 1})
	if err == nil || !strings.Contains(err.Error(), "S1") {
		t.Errorf("got %v, %v; want a fault that names the review", got, err)
	}
}
