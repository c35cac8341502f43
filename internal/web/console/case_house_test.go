package console

import (
	"fmt"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/workday"
)

// caseDesk is the follow-up of a console, and the way bad reviews come in.
type caseDesk struct {
	*followup.Service
	reviews *review.Service
	now     func() time.Time
	count   int
}

// withCases gives a console its cases.
func withCases(t *testing.T, d *caseDesk) func(*Needs) {
	t.Helper()
	return func(n *Needs) {
		opened, ok := n.Audit.(*store.Store)
		if !ok {
			t.Fatal("the audit log is no store")
		}
		keys := privacy.NewKeys()
		sealer, err := privacy.NewSealer(keys, privacy.SM4)
		if err != nil {
			t.Fatal(err)
		}
		d.reviews, err = review.NewService(review.Needs{
			Store: opened, Places: &review.Placement{Registry: n.Registry, Root: "440000000000"}, Sealer: sealer,
			Blinder: privacy.NewBlinder(keys), Now: n.Now, Lanes: 1, Queue: 10, Batch: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.reviews.Close)
		if d.Service, err = followup.NewService(followup.Needs{Store: opened, Sealer: sealer, Calendar: workday.China(), Now: n.Now}); err != nil {
			t.Fatal(err)
		}
		d.now = n.Now
		n.Cases = &CaseNeeds{
			Cases: d.Service, Reviews: review.NewFinder(opened, sealer, opened), Entities: catalog.NewEntitySet(catalog.Specified()),
			Tags: catalog.NewTags(catalog.National()),
		}
		n.Waiting = append(n.Waiting, CasesWaiting{d.Service})
	}
}

// opened is a new case of a bad review of the police in 广州; change makes it another one.
func (d *caseDesk) opened(t *testing.T, change ...func(*review.Review)) string {
	t.Helper()
	d.count++
	r := review.Review{Facts: review.Facts{
		AppCode: "gzga01", EntityCode: "egovAffair", Channel: catalog.Portal, Kind: review.Affair, Subject: fmt.Sprintf("S-%d", d.count),
		ItemCode: "11440100007502345630001001001000", ItemName: "身份证补领", DepartmentCode: policeCode, DepartmentName: "广州市公安局",
		RegionCode: guangzhou, HallCode: hallCode, WorkNo: "016", Stars: 1, Tags: []string{"115"}, EvalTime: d.now(),
	}}
	r.UserID, r.UserName, r.ContactPhone, r.Remark = "u1001", "张三丰", "13800138000", "等了两个小时"
	for _, c := range change {
		c(&r)
	}
	receipt, err := d.reviews.Submit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	return receipt.Serial
}

// inShenzhen makes a review one of the tax office of 深圳.
func inShenzhen(r *review.Review) {
	r.DepartmentCode, r.DepartmentName, r.RegionCode, r.HallCode = taxCode, "深圳市税务局", shenzhen, farHallCode
	r.ItemCode = ""
}

// does makes moves of a case whatever its version is.
func (d *caseDesk) does(t *testing.T, by followup.Actor, serial string, steps ...followup.Step) {
	t.Helper()
	for _, step := range steps {
		if _, err := d.Act(t.Context(), by, serial, followup.AnyVersion, step); err != nil {
			t.Fatalf("%s: %v", step.Move, err)
		}
	}
}

// appealed is a case of 深圳 that was appealed, and the id of its evidence.
func (d *caseDesk) appealed(t *testing.T) (serial, file string) {
	t.Helper()
	serial = d.opened(t, inShenzhen)
	by := followup.Actor{Login: "far", Name: "远方", Scope: followup.Scope{Department: taxCode}}
	d.does(t, by, serial, followup.Step{
		Move: followup.AppealMove, Words: "评错了窗口", Claim: followup.Mistaken, Evidence: []followup.File{{Name: "截图.png", Content: []byte(picture)}},
	})
	detail, err := d.Detail(t.Context(), by, serial)
	if err != nil {
		t.Fatal(err)
	}
	return serial, detail.Files[0].ID
}

// picture begins as a PNG does.
const picture = "\x89PNG\r\n\x1a\n and so on"
