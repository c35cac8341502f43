package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/venue"
)

// furnishDemo builds a hall in every region that has departments, with a window for each of them and their officers, unless a
// folder that was used before has them.
func (h *house) furnishDemo(ctx context.Context) error {
	if len(h.halls.Halls()) > 0 {
		return nil
	}
	var changes venue.Changes
	windows := demoWindows()
	halls := map[string]int{} // windows of each
	for _, d := range demoTown().Departments() {
		place, level := h.registry.RegionName(d.RegionCode), venue.CityLevel
		if org.LevelOf(d.RegionCode) == org.LevelCounty {
			level = venue.CountyLevel
		}
		hall := demoHallCode(d.RegionCode)
		if halls[hall] == 0 {
			changes.NewHalls = append(changes.NewHalls, venue.Hall{
				Code: hall, RegionCode: d.RegionCode, Level: level, Name: place + "政务服务中心", Address: place + "市民大道 1 号",
				Telephone: "12345", Hours: "工作日 9:00–17:00",
			})
		}
		halls[hall]++
		changes.NewWindows = append(changes.NewWindows, venue.Window{
			Code: windows[d.Code], HallCode: hall, Number: fmt.Sprint(halls[hall]), Name: strings.TrimPrefix(d.Name, place) + "窗口",
			DepartmentCode: d.Code, DepartmentName: d.Name,
		})
	}
	for _, o := range demoTown().Officers() {
		changes.Officers = append(changes.Officers, venue.Officer{
			HallCode: demoHallCode(o.RegionCode), WorkNo: o.WorkNo, Name: o.Name, WindowCode: windows[o.DepartmentCode],
		})
	}
	if err := h.store.SaveVenues(ctx, changes); err != nil {
		return fmt.Errorf("furnish the demo's halls: %w", err)
	}
	var departments []org.Department
	for _, d := range demoTown().Departments() {
		departments = append(departments, org.Department{Code: d.Code, Name: d.Name, RegionCode: d.RegionCode})
	}
	waiting := demoTown().Officers()[0].DepartmentCode // its items wait to be placed, so that there is something to do
	var items []org.Item
	for _, i := range demoTown().Items() {
		if i.DepartmentCode != waiting {
			items = append(items, org.Item{Code: i.Code, Name: i.Name, DepartmentCode: i.DepartmentCode})
		}
	}
	if err := h.store.SaveRegisters(ctx, org.Changes{Departments: departments, Items: items}); err != nil {
		return fmt.Errorf("register the demo's departments and items: %w", err)
	}
	return h.load(ctx)
}

func windowCode(hall string, number int) string { return fmt.Sprintf("%s%04d", hall, number) }

func demoHallCode(region string) string { return region[:9] + "001" }

// reviewedItem is an item that a review has made known by name, so that its pages can be looked at; the first one while
// there is none.
func (s *service) reviewedItem(ctx context.Context) sample.Item {
	items := demoTown().Items()
	for _, item := range items {
		if name, err := s.store.ItemName(ctx, item.Code); err == nil && name != "" {
			return item
		}
	}
	return items[0]
}

// demoPages are pages to look at, with what each is.
func (s *service) demoPages(ctx context.Context, base string, app *integrator.App) [][2]string {
	item, officer := s.reviewedItem(ctx), demoTown().Officers()[0]
	hall := demoHallCode(officer.RegionCode)
	parts := []string{app.Code, officer.WorkNo, hall, "DEMO-2026-0001", item.Code}
	key := "&k=" + signature.CodeKey(app.Secrets[0], strings.Join(parts, "-"))
	scan, _ := client.HallQR(base, parts[0], parts[1], parts[2], parts[3], parts[4])          // our own parts keep to 3.4.1.4
	tablet, _ := client.PadQR(base, parts[0], parts[1], parts[2], "DEMO-2026-0002", parts[4]) // as do these
	return [][2]string{
		{"扫码评价", scan + key},
		{"窗口平板", tablet},
		{"静态码页", base + "/ping/window.html?w=" + hall + "0001"},
		{"办事指南", base + "/ping/guide.html?code=" + item.Code},
		{"我的评价", base + "/ping/my.html"},
	}
}
