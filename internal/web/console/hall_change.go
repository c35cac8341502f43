package console

import (
	"net/http"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

// regionPath is a region with those above it, from the city on: 广州市 / 越秀区.
func (h *Handler) regionPath(code string) string {
	var names []string
	for _, place := range org.Ancestors(code) {
		if place.Level >= org.LevelCity || place.Level == org.LevelProvince && code == place.Code {
			names = append(names, h.Registry.RegionName(place.Code))
		}
	}
	return strings.Join(names, " / ")
}

const markField = "mark"

// drawHallForm draws the form of a hall: of a new one when mark is empty.
func (h *Handler) drawHallForm(w http.ResponseWriter, r *http.Request, hall *venue.Hall, mark string, err error) error {
	levels := []Choice{{"", "请选择"}}
	for _, level := range venue.Levels() {
		levels = append(levels, Choice{level, level})
	}
	address, title, send, cancel := hallsPath+"/new", "新建大厅", "新建大厅", hallsPath
	inputs := []Input{
		{Name: "name", Label: "大厅名称", Value: hall.Name, Most: 50, Required: true, Hint: "如 广州市政务服务中心。同一区划内不能重名", Focus: err == nil},
		{Name: "region", Label: "区划", Value: hall.RegionCode, Most: 60, Required: true, Hint: "12位编码，或名称如 广州市/越秀区/北京街道"},
		{Name: "level", Label: "层级", Kind: SelectInput, Value: hall.Level, Choices: levels, Required: true},
		{Name: "address", Label: "地址", Value: hall.Address, Most: 100, Required: true},
		{Name: "telephone", Label: "电话", Value: hall.Telephone, Most: 50, Required: true, Hint: "固定电话要带区号，如 020-12345678；几个号码用顿号分开"},
		{Name: "hours", Label: "开放时间", Value: hall.Hours, Most: 100, Required: true, Hint: "如 周一至周五 9:00—12:00，13:00—17:00"},
	}
	lead := "编码由系统分配，以后不变。"
	if mark != "" {
		address, title, send, cancel = hallLink(r.PathValue("hall"))+"/change", "修改大厅", "保存", hallLink(r.PathValue("hall"))
		inputs = append(inputs, Input{Name: markField, Kind: HiddenInput, Value: mark})
		lead = "编码和二维码不变。"
	}
	form := newForm(address, send, err, inputs...)
	form.Cancel = cancel
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, title), form, lead})
}

func postedHall(r *http.Request) venue.Hall {
	return venue.Hall{
		RegionCode: r.PostFormValue("region"), Level: r.PostFormValue("level"), Name: r.PostFormValue("name"),
		Address: r.PostFormValue("address"), Telephone: r.PostFormValue("telephone"), Hours: r.PostFormValue("hours"),
	}
}

// newHall is GET /console/halls/new.
func (h *Handler) newHall(w http.ResponseWriter, r *http.Request) error {
	return h.drawHallForm(w, r, &venue.Hall{RegionCode: staff(r).Region}, "", nil)
}

// createHall is POST /console/halls/new.
func (h *Handler) createHall(w http.ResponseWriter, r *http.Request) error {
	hall := postedHall(r)
	code, err := h.Venues.Service.SaveHall(r.Context(), "", "", hall, bound(r))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawHallForm(w, r, &hall, "", err)
	}
	return h.done(w, r, hallLink(code), "大厅已建好，编码 "+code+"。现在可以添加窗口。")
}

// editHall is GET /console/halls/of/{hall}/change.
func (h *Handler) editHall(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	return h.drawHallForm(w, r, &hall, venue.Mark(hall), nil)
}

// changeHall is POST /console/halls/of/{hall}/change.
func (h *Handler) changeHall(w http.ResponseWriter, r *http.Request) error {
	was, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	hall, mark := postedHall(r), r.PostFormValue(markField)
	if _, err := h.Venues.Service.SaveHall(r.Context(), was.Code, mark, hall, bound(r)); err != nil {
		if !isFault(err) || mark == "" {
			return err
		}
		return h.drawHallForm(w, r, &hall, mark, err)
	}
	return h.done(w, r, hallLink(was.Code), "已保存。")
}

// drawWindowForm draws the form of a window: of a new one when mark is empty.
func (h *Handler) drawWindowForm(w http.ResponseWriter, r *http.Request, hall *venue.Hall, window *venue.Window, mark string, err error) error {
	address, title, send, cancel := hallLink(hall.Code)+"/windows/new", "添加窗口", "添加窗口", hallLink(hall.Code)
	inputs := []Input{
		{Name: "number", Label: "窗口号", Value: window.Number, Most: 10, Required: true, Hint: "窗口上方标的号码，如 3 或 A12；同一大厅内不能重复", Focus: err == nil},
		{Name: "name", Label: "窗口名称", Value: window.Name, Most: 30, Required: true, Hint: "如 综合受理"},
		{Name: "departmentName", Label: "部门名称", Value: window.DepartmentName, Most: 50, Required: true, Hint: "窗口所属部门的全称"},
		{Name: "department", Label: "部门编码", Value: window.DepartmentCode, Most: 32, Hint: "填写后，这个部门的管理员能看到这个窗口和它的评价"},
	}
	lead := hall.Name + "。编码由系统分配，以后不变。"
	if mark != "" {
		address, title, send, cancel = windowLink(window.Code)+"/change", "修改窗口", "保存", windowLink(window.Code)
		inputs = append(inputs, Input{Name: markField, Kind: HiddenInput, Value: mark})
		lead = hall.Name + "。编码和二维码不变；张贴页上印有窗口号和名称，改了以后请重新张贴。"
	}
	form := newForm(address, send, err, inputs...)
	form.Cancel = cancel
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, title), form, lead})
}

func postedWindow(r *http.Request) venue.Window {
	return venue.Window{
		Number: r.PostFormValue("number"), Name: r.PostFormValue("name"),
		DepartmentCode: r.PostFormValue("department"), DepartmentName: r.PostFormValue("departmentName"),
	}
}

// newWindow is GET /console/halls/of/{hall}/windows/new.
func (h *Handler) newWindow(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	return h.drawWindowForm(w, r, &hall, &venue.Window{}, "", nil)
}

// createWindow is POST /console/halls/of/{hall}/windows/new.
func (h *Handler) createWindow(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	window := postedWindow(r)
	window.HallCode = hall.Code
	code, err := h.Venues.Service.SaveWindow(r.Context(), "", "", window, bound(r))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawWindowForm(w, r, &hall, &window, "", err)
	}
	return h.done(w, r, windowLink(code), "窗口已添加，编码 "+code+"。")
}

// editWindow is GET /console/halls/windows/{window}/change.
func (h *Handler) editWindow(w http.ResponseWriter, r *http.Request) error {
	window, hall, err := h.windowOf(r)
	if err != nil {
		return err
	}
	return h.drawWindowForm(w, r, &hall, &window, venue.Mark(window), nil)
}

// changeWindow is POST /console/halls/windows/{window}/change.
func (h *Handler) changeWindow(w http.ResponseWriter, r *http.Request) error {
	was, hall, err := h.windowOf(r)
	if err != nil {
		return err
	}
	window, mark := postedWindow(r), r.PostFormValue(markField)
	if _, err := h.Venues.Service.SaveWindow(r.Context(), was.Code, mark, window, bound(r)); err != nil {
		if !isFault(err) || mark == "" {
			return err
		}
		window.Code = was.Code
		return h.drawWindowForm(w, r, &hall, &window, mark, err)
	}
	return h.done(w, r, windowLink(was.Code), "已保存。")
}

// officerOf finds the officer that a route is about, in a hall all of which is in scope.
func (h *Handler) officerOf(r *http.Request) (hall venue.Hall, o venue.Officer, err error) {
	if hall, err = h.wholeHall(r); err != nil {
		return hall, o, err
	}
	o, known := h.Halls.Officer(hall.Code, r.PathValue("no"))
	if !known {
		return hall, o, missing()
	}
	return hall, o, nil
}

// drawOfficerForm draws the form of an officer: of a new one when mark is empty.
func (h *Handler) drawOfficerForm(w http.ResponseWriter, r *http.Request, hall *venue.Hall, address string, o *venue.Officer, mark string, err error) error {
	windows := []Choice{{"", "不固定（轮岗）"}}
	for _, window := range h.Halls.WindowsOf(hall.Code) {
		if !window.Retired || window.Code == o.WindowCode {
			windows = append(windows, Choice{window.Code, windowTitle(window.Number) + " " + window.Name})
		}
	}
	title, send := "添加工作人员", "添加"
	inputs := []Input{
		{Name: "workNo", Label: "工号", Value: o.WorkNo, Most: 10, Required: true, Hint: "窗口服务人员工号，不能含“-”", Focus: err == nil},
		{Name: "name", Label: "姓名", Value: o.Name, Most: 50, Required: true, Complete: "off"},
		{Name: "window", Label: "窗口", Kind: SelectInput, Value: o.WindowCode, Choices: windows, Required: true},
	}
	if mark != "" {
		title, send = "修改工作人员", "保存"
		inputs[0].Hint = "改成别的工号时，原工号停用，以前的评价仍记在原工号上"
		inputs = append(inputs, Input{Name: markField, Kind: HiddenInput, Value: mark})
	}
	form := newForm(address, send, err, inputs...)
	form.Cancel = hallLink(hall.Code)
	page := officerFormPage{Frame: h.frame(w, r, title), Form: form, Lead: hall.Name, Mark: mark}
	if mark != "" && !o.Retired {
		page.Retire = strings.TrimSuffix(address, "/change") + "/state"
	}
	return h.write(w, form.status(), "hall-officer-form", page)
}

type officerFormPage struct {
	Frame
	Form         Form
	Lead         string
	Mark, Retire string
}

func postedOfficer(r *http.Request, hall *venue.Hall) venue.Officer {
	return venue.Officer{
		HallCode: hall.Code, WorkNo: r.PostFormValue("workNo"), Name: r.PostFormValue("name"), WindowCode: r.PostFormValue("window"),
	}
}

// newOfficer is GET /console/halls/of/{hall}/officers/new.
func (h *Handler) newOfficer(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	return h.drawOfficerForm(w, r, &hall, r.URL.Path, &venue.Officer{WindowCode: r.URL.Query().Get("window")}, "", nil)
}

// createOfficer is POST /console/halls/of/{hall}/officers/new.
func (h *Handler) createOfficer(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	o := postedOfficer(r, &hall)
	if err := h.Venues.Service.SaveOfficer(r.Context(), "", "", o, bound(r)); err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawOfficerForm(w, r, &hall, r.URL.Path, &o, "", err)
	}
	return h.done(w, r, hallLink(hall.Code), "已添加 "+o.Name+"。")
}

// editOfficer is GET /console/halls/of/{hall}/officers/{no}/change.
func (h *Handler) editOfficer(w http.ResponseWriter, r *http.Request) error {
	hall, o, err := h.officerOf(r)
	if err != nil {
		return err
	}
	return h.drawOfficerForm(w, r, &hall, r.URL.Path, &o, venue.Mark(o), nil)
}

// changeOfficer is POST /console/halls/of/{hall}/officers/{no}/change.
func (h *Handler) changeOfficer(w http.ResponseWriter, r *http.Request) error {
	hall, was, err := h.officerOf(r)
	if err != nil {
		return err
	}
	o, mark := postedOfficer(r, &hall), r.PostFormValue(markField)
	if err := h.Venues.Service.SaveOfficer(r.Context(), was.WorkNo, mark, o, bound(r)); err != nil {
		if !isFault(err) || mark == "" {
			return err
		}
		return h.drawOfficerForm(w, r, &hall, r.URL.Path, &o, mark, err)
	}
	return h.done(w, r, hallLink(hall.Code), "已保存。")
}

// maxReason is the most characters of a reason.
const maxVenueReason = 200

// retire closes or opens something, after asking once; back is where it is seen.
func (h *Handler) retire(w http.ResponseWriter, r *http.Request, kind, hall, code, title, back string, happens ...string) error {
	closing := r.PostFormValue("to") != inUse
	if closing && !sure(r) {
		return h.confirm(w, r, Confirmation{Title: "停用 " + title, Happens: happens, Send: "停用", Cancel: back, Danger: true})
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if len([]rune(reason)) > maxVenueReason {
		return fault.NewInvalidPage("原因最多200字，请删减一些")
	}
	if err := h.Venues.Service.Retire(r.Context(), kind, hall, code, r.PostFormValue(markField), closing, reason, bound(r)); err != nil {
		return err
	}
	if closing {
		return h.done(w, r, back, "已停用。")
	}
	return h.done(w, r, back, "已重新启用。")
}

// setHallState is POST /console/halls/of/{hall}/state.
func (h *Handler) setHallState(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.wholeHall(r)
	if err != nil {
		return err
	}
	return h.retire(w, r, venue.AHall, "", hall.Code, hall.Name, hallLink(hall.Code),
		"大厅和它的窗口不再出现在张贴页和导出的表里，扫窗口的二维码会看到“已停用”",
		"编码、名称和以前的评价都保留，统计不变；需要时可以重新启用")
}

// setWindowState is POST /console/halls/windows/{window}/state.
func (h *Handler) setWindowState(w http.ResponseWriter, r *http.Request) error {
	window, hall, err := h.windowOf(r)
	if err != nil {
		return err
	}
	return h.retire(w, r, venue.AWindow, "", window.Code, hall.Name+" "+windowTitle(window.Number), windowLink(window.Code),
		"扫这个窗口的二维码会看到“已停用”，请取下张贴页", "编码和以前的评价都保留，统计不变；需要时可以重新启用")
}

// setOfficerState is POST /console/halls/of/{hall}/officers/{no}/state.
func (h *Handler) setOfficerState(w http.ResponseWriter, r *http.Request) error {
	hall, o, err := h.officerOf(r)
	if err != nil {
		return err
	}
	return h.retire(w, r, venue.AnOfficer, hall.Code, o.WorkNo, o.Name+"（"+o.WorkNo+"）", hallLink(hall.Code),
		"这个工号不再出现在导出的表里", "以前的评价都保留，统计不变；需要时可以重新启用")
}
