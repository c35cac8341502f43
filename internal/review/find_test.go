package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// shelf holds found reviews, newest first, and says what was noted.
type shelf struct {
	found []Found
	asked int
	noted []audit.Entry
	full  error
}

// SearchReviews implements SearchStore.
func (s *shelf) SearchReviews(_ context.Context, q Query) (page FoundPage, err error) {
	s.asked++
	for i := range s.found {
		if at := s.found[i].EvalTime; q.After != nil && !at.Before(q.After.EvalTime) {
			continue
		}
		if page.Found = append(page.Found, s.found[i]); len(page.Found) == q.Limit {
			page.Next = s.found[i].Position()
			break
		}
	}
	return page, nil
}

// FindReview implements SearchStore.
func (s *shelf) FindReview(_ context.Context, serial string) (Found, bool, error) {
	for _, f := range s.found {
		if f.Serial == serial {
			return f, true, nil
		}
	}
	return Found{}, false, nil
}

// Note implements Noter.
func (s *shelf) Note(_ context.Context, e audit.Entry) error {
	if s.full != nil {
		return s.full
	}
	s.noted = append(s.noted, e)
	return nil
}

func finding(t *testing.T, people ...Personal) (*Finder, *shelf) {
	t.Helper()
	sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	for i, p := range people {
		plain, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		serial := fmt.Sprint("S", i)
		s.found = append(s.found, Found{
			Facts: Facts{WorkNo: "007", HallCode: "H1", EvalTime: time.UnixMicro(int64(1_000_000 - i))}, Serial: serial, Sealed: sealer.Seal(plain, serial),
		})
	}
	return NewFinder(s, sealer, s), s
}

func TestWhatStaffSeesOfARemark(t *testing.T) {
	said := "打13800138000找张三丰，身份证440100199001011234"
	f, s := finding(t, Personal{UserName: "张三丰", CertificateNo: "440100199001011234", Remark: said})
	for state, want := range map[moderation.State]string{
		moderation.Unchecked: "打***********找张**，身份证******************", moderation.Waiting: "打***********找张**，身份证******************",
		moderation.Withheld: "打***********找张**，身份证******************", moderation.Published: said,
	} {
		s.found[0].Publication.State = state
		seen, err := f.Look(t.Context(), "S0", Viewer{})
		if err != nil {
			t.Fatal(err)
		}
		if got := seen.Masked(RemarkField); got != want {
			t.Errorf("%v: got %s, want %s", state, got, want)
		}
	}
	s.found[0].Publication = moderation.Publication{State: moderation.Masked, Spans: moderation.Spans{{From: 0, To: 1}}}
	seen, err := f.Look(t.Context(), "S0", Viewer{})
	if got := seen.Masked(RemarkField); err != nil || !strings.HasPrefix(got, "************找张**") {
		t.Errorf("what a person masked and what is found now: got %s, %v", got, err)
	}
}

// Nor does staff read a number forwards that is written backwards.
func TestWhatStaffSeesIsNotTurnedRound(t *testing.T) {
	for _, state := range []moderation.State{moderation.Published, moderation.Masked, moderation.Waiting} {
		personal := Personal{Remark: "打\u202e00083100831\u202c找我"}
		if got := shownToStaff(moderation.Publication{State: state}, &personal); strings.ContainsAny(got, "\u202e\u202c") {
			t.Errorf("%v: got %q", state, got)
		}
	}
}

func TestWordsAreFoundInWhatStaffSees(t *testing.T) {
	var people []Personal
	for i := range 1200 {
		people = append(people, Personal{Remark: fmt.Sprint("第", i, "条")})
	}
	people[700].Remark, people[1100].Remark = "排队Slow", "又slow了"
	f, s := finding(t, people...)
	q := Query{Limit: 1}
	var got []string
	for {
		page, err := f.Search(t.Context(), q, " SLOW ", Viewer{})
		if err != nil {
			t.Fatal(err)
		}
		for _, seen := range page.Seen {
			got = append(got, seen.Serial)
		}
		if q.After = page.Next; q.After == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"S700", "S1100"}, got); diff != "" {
		t.Error(diff)
	}
	s.asked = 0
	for len(s.found) < 2*mostOpened {
		more := s.found[len(s.found)-1]
		more.EvalTime = more.EvalTime.Add(-time.Microsecond)
		s.found = append(s.found, more)
	}
	page, err := f.Search(t.Context(), Query{Limit: 10}, "没有这句话", Viewer{})
	if err != nil || !page.Cut || page.Next == nil || len(page.Seen) > 0 {
		t.Errorf("after %d reviews it did not come back: %v %v", mostOpened, page.Cut, err)
	}
}

func TestAReviewThatDoesNotOpenIsShownAllTheSame(t *testing.T) {
	f, s := finding(t, Personal{UserName: "张三"})
	s.found[0].Sealed = append([]byte(nil), s.found[0].Sealed...)
	s.found[0].Sealed[20] ^= 1
	seen, err := f.Look(t.Context(), "S0", Viewer{})
	if err != nil || !seen.Unreadable || len(seen.Fields) > 0 {
		t.Errorf("got %+v, %v", seen, err)
	}
	if _, _, err := f.Reveal(t.Context(), "S0", "userName", "回访核实情况", Viewer{}); err == nil || len(s.noted) > 0 {
		t.Errorf("it was revealed: %v, %v", err, s.noted)
	}
}

func TestNothingIsRevealedThatCouldNotBeNoted(t *testing.T) {
	f, s := finding(t, Personal{UserName: "张三"})
	s.full = errors.New("the disk is full")
	if _, value, err := f.Reveal(t.Context(), "S0", "userName", "回访核实情况", Viewer{}); !errors.Is(err, s.full) || value != "" {
		t.Errorf("got %q, %v", value, err)
	}
	if _, _, err := f.Reveal(t.Context(), "S9", "userName", "回访核实情况", Viewer{}); fault.KindOf(err) != fault.Missing {
		t.Errorf("got %v", err)
	}
}

func TestAReasonNamesNobody(t *testing.T) {
	f, s := finding(t, Personal{UserName: "欧阳修远"})
	for _, reason := range []string{"核实欧阳修远反映的情况", "致电13800138000核实情况", "短"} {
		_, value, err := f.Reveal(t.Context(), "S0", "userName", reason, Viewer{})
		if fault.KindOf(err) != fault.Invalid || value != "" || len(s.noted) > 0 {
			t.Errorf("%s: got %q, %v, noted %v", reason, value, err, s.noted)
		}
	}
	if _, value, err := f.Reveal(t.Context(), "S0", "userName", "回访核实情况", Viewer{}); err != nil || value != "欧阳修远" || len(s.noted) != 1 {
		t.Errorf("got %q, %v, noted %v", value, err, s.noted)
	}
}

func TestWhoIsRated(t *testing.T) {
	for _, c := range []struct {
		viewer Viewer
		facts  Facts
		want   bool
	}{
		{Viewer{}, Facts{}, false},
		{Viewer{WorkNo: "7"}, Facts{WorkNo: "7", HallCode: "H1"}, true},
		{Viewer{"7", "H1"}, Facts{WorkNo: "7", HallCode: "H1"}, true},
		{Viewer{"7", "H1"}, Facts{WorkNo: "7"}, true},
		{Viewer{"7", "H1"}, Facts{WorkNo: "7", HallCode: "H2"}, false},
		{Viewer{"7", "H1"}, Facts{WorkNo: "8", HallCode: "H1"}, false},
	} {
		if got := c.viewer.Rated(&c.facts); got != c.want {
			t.Errorf("%+v of %+v: %v", c.viewer, c.facts, got)
		}
	}
}
