package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/moderation"
)

// printed is everything that can be read in a value, sealed bytes as text too.
// Some systems call an affair after who applied for it.
func TestNewestNamesAffairsWithoutWhoTheyAreOf(t *testing.T) {
	s, g := guarded(t, nil)
	r := affair()
	r.UserName, r.ContactPhone = "欧阳修", "13800138000"
	record, err := s.Record(&r)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"欧阳修 13800138000 的身份证补领": "欧** *********** 的身份证补领", "440106199001011232 补领": "****************** 补领", "2026年度第3批高新技术企业认定": "2026年度第3批高新技术企业认定",
	} {
		g.listed = []Listed{{Serial: record.Serial, ItemName: name, Stars: 5, EvalTime: evening, Sealed: record.Sealed}}
		if got, err := s.Newest(t.Context(), Listing{Limit: 1}); err != nil || got[0].ItemName != want {
			t.Errorf("%s: got %+v, %v; want %s", name, got, err, want)
		}
	}
}

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
			Serial: record.Serial, EntityCode: entity, ItemName: "设立\u202e登记", Stars: 4, Tags: []string{"406"}, EvalTime: evening, Sealed: record.Sealed,
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

// What was said is public as moderation decided, and not at all where it is off or was never asked (domain.md 8).
func TestNewestShowsRemarksAsDecided(t *testing.T) {
	for mode, visible := range map[moderation.Mode]bool{moderation.Before: true, moderation.Strict: true, moderation.OffPublication: false, "": false} {
		policy, err := moderation.NewPolicy(mode)
		if err != nil {
			t.Fatal(err)
		}
		if mode == "" {
			policy = nil
		}
		s, g := guarded(t, func(n *Needs) { n.Policy = policy })
		r := affair()
		r.Remark, r.DealRemark, r.UserName = "一二三", "四", "张三"
		record, err := s.Record(&r)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			is   moderation.Publication
			want string
		}{
			{moderation.Publication{}, ""},
			{moderation.Publication{State: moderation.Published}, "一二三\n四"},
			{moderation.Publication{State: moderation.Masked, Spans: moderation.Spans{{From: 1, To: 5}}}, "一**\n*"},
			{moderation.Publication{State: moderation.Waiting, Spans: moderation.Spans{{From: 1, To: 2}}}, ""},
			{moderation.Publication{State: moderation.Withheld}, ""},
		} {
			g.listed = []Listed{{Serial: record.Serial, EvalTime: evening, Sealed: record.Sealed, Publication: c.is}}
			got, err := s.Newest(t.Context(), Listing{Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if !visible {
				c.want = ""
			}
			if got[0].Remark != c.want {
				t.Errorf("%q, %v: got %q, want %q", mode, c.is.State, got[0].Remark, c.want)
			}
		}
	}
}

// A record says what is public before it is stored.
func TestARecordIsJudged(t *testing.T) {
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		t.Fatal(err)
	}
	n := needs(t, storeFunc(nil))
	n.Policy = policy
	s := start(t, n)
	for said, want := range map[string]moderation.State{
		"": moderation.Published, "很好": moderation.Published, "电话13800138000": moderation.Masked, "张三丰": moderation.Masked, "李窗口": moderation.Masked,
		"他们受贿": moderation.Waiting,
	} {
		r := affair()
		r.Remark, r.UserName, r.OfficerName = said, "张三丰", "李窗口"
		record, err := s.Record(&r)
		if err != nil {
			t.Fatal(err)
		}
		if record.Publication.State != want {
			t.Errorf("%s: got %v, want %v", said, record.Publication.State, want)
		}
	}
}

// Nothing that a review tells of its persons is public, wherever its remark says it again.
func TestNothingThatAReviewTellsOfItsPersonsIsPublic(t *testing.T) {
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		t.Fatal(err)
	}
	n := needs(t, storeFunc(nil))
	n.Policy = policy
	s := start(t, n)
	for said, want := range map[string]string{
		"证号CN-440-100-88，很好": "证号*************，很好", "打５５５　１２３４５": "打*********", "我是uid_7K2": "我是*******", "很好": "很好",
	} {
		r := affair()
		r.CertificateNo, r.ContactPhone, r.UserID, r.Remark = "cn44010088", "55512345", "UID-7k2", said
		record, err := s.Record(&r)
		if err != nil {
			t.Fatal(err)
		}
		if got := record.Publication.Shown(said); got != want {
			t.Errorf("%s: got %s, want %s", said, got, want)
		}
	}
}

// A review that does not open (its key is gone, or somebody changed it) is listed without what is sealed, and takes no other away.
func TestAReviewThatDoesNotOpenIsListedWithoutWhatIsSealed(t *testing.T) {
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		t.Fatal(err)
	}
	var unopened []string
	s, g := guarded(t, func(n *Needs) {
		n.Policy, n.Unopened = policy, func(err error) { unopened = append(unopened, err.Error()) }
	})
	r := affair()
	r.Remark, r.UserName = "一二三", "张三"
	record, err := s.Record(&r)
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Record(&r)
	if err != nil {
		t.Fatal(err)
	}
	published := moderation.Publication{State: moderation.Published}
	whole := Listed{Serial: record.Serial, Stars: 4, EvalTime: evening, Sealed: record.Sealed, Publication: published}
	broken := Listed{Serial: other.Serial, Stars: 5, Tags: []string{"406"}, EvalTime: evening, Sealed: record.Sealed, Publication: published} // sealed for another one
	g.listed = []Listed{broken, whole}
	got, err := s.Newest(t.Context(), Listing{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Public{
		{Serial: other.Serial, Stars: 5, Tags: []string{"406"}, EvalTime: evening},
		{Serial: record.Serial, UserName: "张*", Stars: 4, EvalTime: evening, Remark: "一二三"},
	}, got); diff != "" {
		t.Error(diff)
	}
	g.owned = []OwnListed{{Listed: broken}, {Listed: whole}}
	own, err := s.ByPerson(t.Context(), "uid-1", nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !own[0].Unreadable || own[0].Remark != "" || own[0].Stars != 5 || own[1].Unreadable || own[1].Remark != "一二三" {
		t.Errorf("a person's own reviews are %+v", own)
	}
	if len(unopened) != 2 || !strings.Contains(unopened[0], other.Serial) {
		t.Errorf("told of what does not open: %q, want %s twice", unopened, other.Serial)
	}
}

// What opens and can't be read is a fault of ours.
func TestNewestOfWhatIsNoReviewIsAFault(t *testing.T) {
	s, g := guarded(t, nil)
	g.listed = []Listed{{Serial: "S1", Stars: 5, EvalTime: time.Now(), Sealed: s.sealer.Seal([]byte("no JSON"), "S1")}}
	got, err := s.Newest(t.Context(), Listing{Limit: 1})
	if err == nil || !strings.Contains(err.Error(), "S1") {
		t.Errorf("got %v, %v; want a fault that names the review", got, err)
	}
}
