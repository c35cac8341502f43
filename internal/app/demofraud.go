package app

import (
	"context"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/review"
)

// demoFrauds is how many people one telephone rates for in the demo.
const demoFrauds = 12

// plantDemo has one telephone rate a window for many people on the day before, and has that day examined, so that 异常线索 has something to judge.
func (s *service) plantDemo(ctx context.Context) error {
	officer := demoTown().Officers()[0]
	hall := demoHallCode(officer.RegionCode)
	day := beijing.AddDays(beijing.Day(time.Now()), -1)
	for n := range demoFrauds {
		_, err := s.reviews.Submit(ctx, review.Review{
			Facts: review.Facts{
				AppCode: demoApp, EntityCode: catalog.HallAffair, Channel: catalog.HallQR, Kind: review.Window, Subject: windowCode(hall, 1),
				DepartmentCode: officer.DepartmentCode, RegionCode: officer.RegionCode, HallCode: hall, WindowCode: windowCode(hall, 1), WorkNo: officer.WorkNo,
				Stars: 5, EvalTime: beijing.DayStart(day).Add(10*time.Hour + time.Duration(7*n)*time.Minute),
			},
			Personal: review.Personal{UserID: fmt.Sprint("demo-fraud-", n), UserName: "演示", Remark: "服务特别好，业务特别熟，必须给五颗星"},
			Origin:   review.Origin{Device: "demo", Address: "192.0.2.7"},
		})
		if err != nil {
			return fmt.Errorf("plant the demo's fraud: %w", err)
		}
	}
	for waiting := 1; waiting > 0; { // what is examined are days as the counters have them
		var err error
		if waiting, err = s.store.Fold(ctx); err != nil {
			return fmt.Errorf("fold the demo's reviews: %w", err)
		}
	}
	return s.integrity.Keep(ctx)
}
