package console

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
)

const (
	policeWindow = hallCode + "0001"
	taxWindow    = hallCode + "0002"
	farWindow    = farHallCode + "0001"
	farOfficer   = "S001"
)

// withVenues furnishes two halls: 广州 with a window of the police and one of taxes, 深圳 with one of taxes.
func withVenues(t *testing.T) func(*Needs) {
	return func(n *Needs) {
		t.Helper()
		s := n.Audit.(*store.Store)
		hall := func(code, region, name string) venue.Hall {
			return venue.Hall{
				Code: code, RegionCode: region, Level: venue.CityLevel, Name: name, Address: "一路1号", Telephone: "020-12345678", Hours: "周一至周五 9:00—17:00",
			}
		}
		err := s.SaveVenues(t.Context(), venue.Changes{
			NewHalls: []venue.Hall{hall(hallCode, guangzhou, "广州市政务服务中心"), hall(farHallCode, shenzhen, "深圳市政务服务中心")},
			NewWindows: []venue.Window{
				{Code: policeWindow, HallCode: hallCode, Number: "1", Name: "出入境", DepartmentCode: policeCode, DepartmentName: "广州市公安局"},
				{Code: taxWindow, HallCode: hallCode, Number: "2", Name: "办税", DepartmentCode: taxCode, DepartmentName: "税务局"},
				{Code: farWindow, HallCode: farHallCode, Number: "1", Name: "办税", DepartmentCode: taxCode, DepartmentName: "深圳市税务局"},
			},
			Officers: []venue.Officer{
				{HallCode: hallCode, WorkNo: "G001", Name: "陈志强", WindowCode: policeWindow},
				{HallCode: hallCode, WorkNo: "G002", Name: "黄丽华"},
				{HallCode: farHallCode, WorkNo: farOfficer, Name: "李伟", WindowCode: farWindow},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		service := venue.NewService(s, n.Halls, n.Registry)
		if err := service.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.Venues = &VenueNeeds{
			Service: service, Imports: venue.NewImports(service, s, n.Now), Scans: s, Sums: s, Codes: venue.Codes{BaseURL: "https://pj.example.gov.cn", Pixels: 120},
		}
	}
}

// withTags gives the national tags, kept in the house's database.
func withTags(t *testing.T) func(*Needs) {
	return func(n *Needs) {
		t.Helper()
		s := n.Audit.(*store.Store)
		tags, entities := catalog.NewTags(nil), catalog.NewEntitySet(nil)
		load := func(ctx context.Context) error {
			return s.Load(ctx, store.Registers{Registry: org.NewRegistry(nil, nil), Entities: entities, Tags: tags})
		}
		if err := load(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.Tags = catalog.NewTagService(s, tags, entities, load)
	}
}

// send posts a form with a file.
func (b *browser) send(path, field, name string, data []byte) shown {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile(field, name)
	if err == nil {
		_, err = file.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		b.t.Fatal(err)
	}
	return shown{response.StatusCode, text.String(), response.Header}
}
