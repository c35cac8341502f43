package review

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// someRecord draws a record that tells more or less.
func someRecord(t *rapid.T) Record {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	r := Record{Facts: Facts{
		DepartmentCode: pick("department", "", "D1"), DepartmentName: pick("department name", "", "部门"), RegionCode: pick("region", "", "440100"),
		ItemCode: pick("item", "", "I1"), ItemName: pick("item name", "", "事项"), HallCode: pick("hall", "", "H1"),
		WindowCode: pick("window", "", "N1"), WorkNo: pick("officer", "", "W1"), EvalTime: time.Unix(1e9, 0),
		Unverified: rapid.Bool().Draw(t, "unverified"),
	}, Region: "440100000000"}
	r.Flags = Flag(rapid.IntRange(0, 1).Draw(t, "flags"))
	return r
}

func someCompleted(t *rapid.T) Completed {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, "affair's "+name) }
	return Completed{
		DepartmentCode: pick("department", "", "D1", "D2"), DepartmentName: pick("department name", "", "另一部门"),
		ItemCode: pick("item", "I1", "I2"), ItemName: pick("item name", "", "另一事项"), HallCode: pick("hall", "", "H1", "H2"),
		WindowCode: pick("window", "", "N2"), WorkNo: pick("officer", "", "W2"), Region: pick("region", "440100000000", "440300000000"),
		RegionTold: rapid.Bool().Draw(t, "told"), DoneTime: time.Unix(1e9, 0).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "late")) * time.Hour),
	}
}

func TestCompleteDependsOnTheReviewAndTheLastVersionAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own, last := someRecord(t), someCompleted(t)
		straight, round := own, own
		straight.Complete(&last)
		for range rapid.IntRange(1, 3).Draw(t, "versions before") {
			before := someCompleted(t)
			round.Complete(&before)
		}
		round.Complete(&last)
		if diff := cmp.Diff(straight, round); diff != "" {
			t.Fatal(diff)
		}
		round.uncomplete()
		round.Unverified = own.Unverified // vouched for once is vouched for
		if diff := cmp.Diff(own, round); diff != "" {
			t.Fatalf("without its affair: %s", diff)
		}
	})
}

func TestCompleteOverwritesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own, a := someRecord(t), someCompleted(t)
		is := own
		is.Complete(&a)
		if is.Unverified || is.Filled&AffairKnown == 0 {
			t.Fatal("the affair does not vouch for it")
		}
		for _, c := range [][3]string{
			{own.DepartmentCode, is.DepartmentCode, a.DepartmentCode}, {own.ItemCode, is.ItemCode, a.ItemCode}, {own.HallCode, is.HallCode, a.HallCode},
		} {
			if want := c[0]; want != "" && c[1] != want || want == "" && c[1] != c[2] {
				t.Fatalf("own %q became %q by the affair's %q", c[0], c[1], c[2])
			}
		}
		for _, c := range [][2]string{
			{own.DepartmentName, is.DepartmentName}, {own.ItemName, is.ItemName}, {own.WindowCode, is.WindowCode}, {own.WorkNo, is.WorkNo},
		} {
			if c[0] != "" && c[0] != c[1] {
				t.Fatalf("%q was overwritten by %q", c[0], c[1])
			}
		}
		if is.HallCode != a.HallCode && (is.WindowCode != own.WindowCode || is.WorkNo != own.WorkNo) {
			t.Fatal("a window or an officer of another hall was filled in")
		}
		if own.RegionCode != "" && is.Region != own.Region {
			t.Fatal("a told region was overwritten")
		}
		other := own.DepartmentCode != "" && a.DepartmentCode != "" && own.DepartmentCode != a.DepartmentCode
		if got := is.Flags&OtherDepartment != 0; got != other {
			t.Fatalf("another department: flagged %v, want %v", got, other)
		}
		if got, want := is.Flags&DoneAfterReview != 0, a.DoneTime.After(own.EvalTime); got != want {
			t.Fatalf("done after the review: flagged %v, want %v", got, want)
		}
		if is.Flags&TimesOutOfOrder != own.Flags&TimesOutOfOrder {
			t.Fatal("a flag of its own was changed")
		}
	})
}

func TestClocksMayDifferALittle(t *testing.T) {
	at := time.Unix(1e9, 0)
	for _, c := range []struct {
		late time.Duration
		want Flag
	}{{0, 0}, {lateness, 0}, {lateness + time.Second, DoneAfterReview}} {
		r := Record{Facts: Facts{EvalTime: at}}
		if r.Complete(&Completed{DoneTime: at.Add(c.late)}); r.Flags != c.want {
			t.Errorf("%v later: got %v, want %v", c.late, r.Flags, c.want)
		}
	}
}
