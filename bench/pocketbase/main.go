// Command pocketbase is what haochaping on SQLite is compared with: PocketBase with its default settings and one collection
// with the fields of a review, which anybody may add records to. Run it as
//
//	pocketbase serve --http=127.0.0.1:8090 --dir=FOLDER
package main

import (
	"log"
	"strings"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

// The fields of an affair's review (3.4.2.4) as columns, with what the platform adds.
const (
	texts = "appCode evalEntityCode departmentCode departmentName affairSerialNo affairCode affairName affairDealOfficer " +
		"affairApplyTime affairDoneTime userId userName contactPhone passportName certificateNo tagList remark evalTime " +
		"channel regionCode serial"
	numbers = "userType certificateType generalStars day"
)

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := addReviews(e.App); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

func addReviews(app core.App) error {
	reviews := core.NewBaseCollection("reviews")
	for _, name := range strings.Fields(texts) {
		reviews.Fields.Add(&core.TextField{Name: name})
	}
	for _, name := range strings.Fields(numbers) {
		reviews.Fields.Add(&core.NumberField{Name: name})
	}
	anybody := ""
	reviews.CreateRule = &anybody
	return app.Save(reviews)
}
