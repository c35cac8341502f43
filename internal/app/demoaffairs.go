package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/haochaping/haochaping/internal/web/citizen"
)

// completed gathers completed affairs and sends them as a business system does, many a call: those that sample reviews are
// of, and others that nobody reviewed.
type completed struct {
	send    func(ctx context.Context, affairs []client.CompletedAffair) error
	others  *sample.Generator // of affairs that nobody reviewed
	windows map[string]string // of departments
	offices map[string]sample.Department

	mu      sync.Mutex
	waiting []client.CompletedAffair
}

func newCompleted(c *client.Client, appCode string, others *sample.Generator) *completed {
	all := &completed{others: others, windows: demoWindows(), offices: map[string]sample.Department{}}
	for _, d := range demoTown().Departments() {
		all.offices[d.Code] = d
	}
	all.send = func(ctx context.Context, affairs []client.CompletedAffair) error {
		receipt, err := c.SubmitAffairs(ctx, client.CompletedAffairs{AppCode: appCode, Affairs: affairs})
		if err == nil && receipt.Rejected > 0 {
			err = fmt.Errorf("%d of %d sample affairs are rejected", receipt.Rejected, len(affairs))
		}
		return err
	}
	return all
}

// mostUnreviewed is how many affairs that nobody reviewed stand beside one that was, at most.
const mostUnreviewed = 3

// affairDays is since how many days the demo knows completed affairs.
const affairDays = 30

// behind adds the affair of review i, made at t, and some that were not reviewed: more in some departments than in others.
func (c *completed) behind(ctx context.Context, i uint64, review client.AffairEval, t time.Time) error {
	if time.Since(t) > affairDays*24*time.Hour {
		return nil
	}
	affairs := []client.CompletedAffair{c.affair(review)}
	for n := range mostUnreviewed {
		other := c.affair(c.others.AffairAt(mostUnreviewed*i+uint64(n), t))
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(other.DepartmentCode)) // never fails
		if int(hash.Sum32()%mostUnreviewed) >= n {
			affairs = append(affairs, other)
		}
	}
	return c.add(ctx, affairs...)
}

// forDemoPeople adds affairs of those who one may be in the demo, at every window of a hall.
func (c *completed) forDemoPeople(ctx context.Context, now time.Time) error {
	for i, person := range citizen.DemoPeople() {
		for n := range 3 {
			one := c.affair(c.others.AffairAt(uint64(1<<31+3*i+n), now))
			one.DepartmentCode = demoTown().Officers()[0].DepartmentCode
			office := c.offices[one.DepartmentCode]
			one.DepartmentName, one.RegionCode = office.Name, office.RegionCode
			one.HallCode, one.WindowCode = demoHallCode(office.RegionCode), c.windows[office.Code]
			one.AffairSerialNo = fmt.Sprintf("DEMO-2026-1%d%02d", i, n)
			one.UserID, one.UserName, one.ContactPhone = person.UserID, person.Name, person.Phone
			one.UserType, one.CertificateType, one.CertificateNo = &person.UserType, &person.CertificateType, person.CertificateNo
			if err := c.add(ctx, one); err != nil {
				return err
			}
		}
	}
	return c.flush(ctx)
}

func (c *completed) affair(review client.AffairEval) client.CompletedAffair {
	office := c.offices[review.Department.DepartmentCode]
	return client.CompletedAffair{
		AffairSerialNo: review.Affair.AffairSerialNo, AffairCode: review.Affair.AffairCode, AffairName: review.Affair.AffairName,
		DepartmentCode: office.Code, DepartmentName: office.Name, RegionCode: office.RegionCode,
		HallCode: demoHallCode(office.RegionCode), WindowCode: c.windows[office.Code],
		AffairDealOfficer: review.Affair.AffairDealOfficer, AffairResult: "办结",
		AffairApplyTime: review.Affair.AffairApplyTime, AffairDoneTime: review.Affair.AffairDoneTime,
		UserID: review.User.UserID, UserName: review.User.UserName, ContactPhone: review.User.ContactPhone,
		UserType: &review.User.UserType, CertificateType: &review.User.CertificateType, CertificateNo: review.User.CertificateNo,
	}
}

// add sends what has gathered when it is enough for a call.
func (c *completed) add(ctx context.Context, affairs ...client.CompletedAffair) error {
	c.mu.Lock()
	c.waiting = append(c.waiting, affairs...)
	var full []client.CompletedAffair
	if len(c.waiting) >= client.MaxAffairs {
		full = c.waiting[:client.MaxAffairs:client.MaxAffairs]
		c.waiting = append([]client.CompletedAffair(nil), c.waiting[client.MaxAffairs:]...)
	}
	c.mu.Unlock()
	if full == nil {
		return nil
	}
	return c.send(ctx, full)
}

// flush sends what is left.
func (c *completed) flush(ctx context.Context) error {
	c.mu.Lock()
	rest := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	if len(rest) == 0 {
		return nil
	}
	return c.send(ctx, rest)
}
