package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
)

// The ways of a hundred sample reviews: through our own pages as those give them to the review service, the rest through the
// interfaces as a business system sends them.
const (
	qrOf100     = 22 // of the portal's affairs, by the code on the receipt
	padOf100    = 38 // of them, up to here on the counter's tablet
	windowOf100 = 44 // of them, up to here of the window as such
	wechatOf100 = 45 // of the guides, in WeChat
)

// page are facts of a review that was made on our own pages.
func page(appCode, entity, channel string, kind review.Kind, subject string) review.Review {
	return review.Review{Facts: review.Facts{AppCode: appCode, EntityCode: entity, Channel: channel, Kind: kind, Subject: subject}}
}

// say fills in what a person says.
func say(r *review.Review, u client.User, stars int, tags client.TagList, remark string, at time.Time) {
	r.UserID, r.UserName, r.ContactPhone, r.CertificateNo = u.UserID, u.UserName, u.ContactPhone, u.CertificateNo
	r.UserType, r.CertificateType = &u.UserType, &u.CertificateType
	r.Stars, r.Remark, r.EvalTime = stars, remark, at
	for _, tag := range tags {
		r.Tags = append(r.Tags, tag.TagID)
	}
}

// affairWay sends a review of an affair by the way that falls to review i, and gives its serial number. inHall says that it was
// made in the hall of the affair.
func (s *samples) affairWay(ctx context.Context, i uint64, m client.AffairEval, at time.Time) (serial string, err error) {
	n := int(i % 100)
	if m.EvalEntityCode != client.EgovAffair || n >= windowOf100 {
		receipt, err := s.client.SubmitAffair(ctx, m)
		return receipt.AffairEvalID, err
	}
	office := s.affairs.offices[m.Department.DepartmentCode]
	hall, window := demoHallCode(office.RegionCode), demoWindows()[office.Code]
	channel := catalog.HallQR
	if n >= qrOf100 && n < padOf100 {
		channel = catalog.HallPad
	}
	r := page(m.AppCode, client.EgovAffair, channel, review.Affair, m.Affair.AffairSerialNo)
	r.ItemCode, r.ItemName = m.Affair.AffairCode, m.Affair.AffairName
	if n >= padOf100 {
		r = page("page", catalog.HallAffair, catalog.HallQR, review.Window, window)
	}
	r.DepartmentCode, r.DepartmentName, r.RegionCode = office.Code, office.Name, office.RegionCode
	r.HallCode, r.WindowCode, r.WorkNo = hall, window, demoOfficers()[[2]string{office.Code, m.Affair.AffairDealOfficer}]
	say(&r, m.User, m.GeneralStars, m.TagList, m.Remark, at)
	if channel == catalog.HallPad {
		r.Personal = review.Personal{Remark: m.Remark} // who sits at the counter does not log in
	}
	receipt, err := s.submit(ctx, r)
	return receipt.Serial, err
}

// guideWay does it with a review of a guide.
func (s *samples) guideWay(ctx context.Context, i uint64, m client.GuideEval, at time.Time) (serial string, err error) {
	if i%100 >= wechatOf100 {
		receipt, err := s.client.SubmitGuide(ctx, m)
		return receipt.AffairEvalID, err
	}
	r := page("page", client.EgovGuide, catalog.Wechat, review.Guide, m.Guide.AffairCode)
	r.ItemCode, r.ItemName, r.DepartmentCode = m.Guide.AffairCode, m.Guide.AffairName, m.Guide.DepartmentCode
	r.RegionCode = s.affairs.offices[m.Guide.DepartmentCode].RegionCode
	say(&r, m.User, m.GeneralStars, m.TagList, m.Remark, at)
	receipt, err := s.submit(ctx, r)
	return receipt.Serial, err
}

// badSample is a bad review that was sent.
type badSample struct {
	i      uint64
	serial string
	day    int
}

// bad takes note of a review whose case is to be followed up.
func (s *samples) bad(i uint64, serial string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bads = append(s.bads, badSample{i, serial, beijing.Day(at)})
}

// Cases are looked at in the first days, most are answered within ten more, and most people are called back.
const (
	untouchedDays = 3
	openDays      = 13
)

// demoActor is who follows up samples: nobody's scope is wider.
var demoActor = followup.Actor{Login: "sheng", Name: "省级演示"}

// followUp lets the cases of bad reviews get as far as they would have by now.
func (s *samples) followUp(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, bad := range s.bads {
		r := rand.New(rand.NewPCG(^s.seed, bad.i)) //nolint:gosec // samples, not secrets; not the numbers that drew its day
		of100 := func(n int) bool { return r.IntN(100) < n }
		age := int(now.Sub(beijing.DayStart(bad.day)).Hours() / 24)
		verified, answered, heard, satisfied := of100(96), of100(55), of100(94), of100(82)
		steps := []followup.Step{
			{Move: followup.Rectify, Words: "经核实情况属实，已请窗口负责人限期整改。"},
			{Move: followup.Contact, Words: "已电话联系评价人，说明处理安排。", Reached: true},
			{Move: followup.FeedBack, Words: "您反映的问题已整改：窗口增派了人手，材料清单已更新。给您带来不便，非常抱歉。"},
			{Move: followup.HeardGood, Words: "评价人对处理结果表示满意。"},
		}
		if !satisfied {
			steps[3] = followup.Step{Move: followup.HeardBad, Words: "评价人希望再缩短办理时间。"}
		}
		switch {
		case age < untouchedDays || !verified:
			steps = nil
		case age < openDays && !answered:
			steps = steps[:2]
		case !heard:
			steps = steps[:3]
		}
		for _, step := range steps {
			if _, err := s.act(ctx, demoActor, bad.serial, followup.AnyVersion, step); fault.KindOf(err) == fault.Missing {
				break // a review that does not count yet has no case
			} else if err != nil {
				return fmt.Errorf("follow up a sample: %w", err)
			}
		}
	}
	s.bads = nil
	return nil
}
