package console

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/haochaping/haochaping/internal/web/view"
)

// maxCodes is of how many windows an archive holds the codes.
const maxCodes = 1000

// WritePosters writes the sheets that stand at the windows of a hall, ready for print.
func WritePosters(to io.Writer, codes *venue.Codes, hall *venue.Hall, windows []venue.Window) error {
	posters := make([]view.Poster, len(windows))
	for i, window := range windows {
		posters[i] = view.Poster{
			Hall: hall.Name, Number: window.Number, Name: window.Name, Department: window.DepartmentName,
			Address: codes.Address(window.Code), Telephone: hall.Telephone,
		}
	}
	return view.WritePosters(to, hall.Name+" 评价二维码", codes.Test, posters)
}

// attach begins a file that the browser saves under a name.
func attach(w http.ResponseWriter, kind, name, plain string) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", "attachment; filename="+plain+"; filename*=UTF-8''"+url.PathEscape(name))
	header.Set("X-Content-Type-Options", "nosniff")
}

// chosenWindows are those of a hall that are in use and in scope, of them those that the address names by window=, if any.
func (h *Handler) chosenWindows(r *http.Request, hall *venue.Hall) ([]venue.Window, error) {
	windows := venue.Opened(h.Halls.WindowsOf(hall.Code), hall, bound(r))
	if chosen := r.URL.Query()["window"]; len(chosen) > 0 {
		windows = slices.DeleteFunc(windows, func(w venue.Window) bool { return !slices.Contains(chosen, w.Code) })
	}
	switch {
	case len(windows) == 0:
		return nil, fault.NewConflict("没有在用的窗口，不能生成二维码")
	case len(windows) > maxCodes:
		return nil, fault.NewConflict(fmt.Sprintf("一次最多生成%d个窗口的二维码，请勾选一部分", maxCodes))
	default:
		return windows, nil
	}
}

// hallPosters is GET /console/halls/of/{hall}/posters.html: a sheet for each window.
func (h *Handler) hallPosters(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.hallOf(r)
	if err != nil {
		return err
	}
	windows, err := h.chosenWindows(r, &hall)
	if err != nil {
		return err
	}
	attach(w, "text/html; charset=utf-8", venue.FileName(hall.Name)+"-张贴页.html", "posters.html")
	return WritePosters(w, &h.Venues.Codes, &hall, windows)
}

// hallCodes is GET /console/halls/of/{hall}/codes.zip: pictures and sheets.
func (h *Handler) hallCodes(w http.ResponseWriter, r *http.Request) error {
	hall, err := h.hallOf(r)
	if err != nil {
		return err
	}
	windows, err := h.chosenWindows(r, &hall)
	if err != nil {
		return err
	}
	return h.archive(w, r, venue.FileName(hall.Name), []venue.Hall{hall}, map[string][]venue.Window{hall.Code: windows})
}

// selectedCodes is GET /console/halls/codes.zip: those of all halls that the filters let through.
func (h *Handler) selectedCodes(w http.ResponseWriter, r *http.Request) error {
	n := 0
	windows := map[string][]venue.Window{}
	var halls []venue.Hall
	for _, hall := range h.halls(r, h.hallFilters(r), false) {
		if opened := venue.Opened(h.Halls.WindowsOf(hall.Code), &hall, bound(r)); len(opened) > 0 {
			halls, windows[hall.Code] = append(halls, hall), opened
			n += len(opened)
		}
	}
	switch {
	case n == 0:
		return fault.NewConflict("所选的大厅没有在用的窗口，不能生成二维码")
	case n > maxCodes:
		return fault.NewConflict(fmt.Sprintf("所选的大厅有%d个窗口，一次最多生成%d个的二维码。请按区划或名称缩小范围，分几次下载", n, maxCodes))
	}
	return h.archive(w, r, "评价二维码", halls, windows)
}

// archive sends a ZIP: a folder for each hall with the pictures of its windows and their sheets.
func (h *Handler) archive(w http.ResponseWriter, r *http.Request, name string, halls []venue.Hall, windows map[string][]venue.Window) error {
	attach(w, "application/zip", name+".zip", "codes.zip")
	control := http.NewResponseController(w)
	archive := h.Venues.Codes.NewArchive(w, h.Now())
	for i := range halls {
		if err := r.Context().Err(); err != nil {
			panic(http.ErrAbortHandler)
		}
		_ = control.SetWriteDeadline(time.Now().Add(exportPatience)) // where that can't be set there is none
		hall := &halls[i]
		folder := archive.Folder(hall)
		err := archive.Add(folder+"/张贴页.html", func(to io.Writer) error { return WritePosters(to, &h.Venues.Codes, hall, windows[hall.Code]) })
		if err == nil {
			err = archive.Windows(folder, windows[hall.Code])
		}
		if err != nil {
			h.Log.Warn("an archive of codes ended early", "hall", hall.Code, "error", err)
			panic(http.ErrAbortHandler)
		}
	}
	if err := archive.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// windowCode is GET /console/halls/windows/{window}/code?format=png|svg.
func (h *Handler) windowCode(w http.ResponseWriter, r *http.Request) error {
	window, hall, err := h.windowOf(r)
	if err != nil {
		return err
	}
	if window.Retired || hall.Retired {
		return fault.NewConflict("这个窗口已停用，不能生成二维码")
	}
	kind, extension := "image/png", ".png"
	if r.URL.Query().Get(formatName) == "svg" {
		kind, extension = "image/svg+xml", ".svg"
	}
	data, err := h.Venues.Codes.Draw(extension, h.Venues.Codes.Address(window.Code))
	if err != nil {
		return err
	}
	attach(w, kind, venue.FileName(hall.Name+"-"+window.Number+"-"+window.Name)+extension, "code"+extension)
	_, _ = w.Write(data) // a reader that hung up loses his picture only
	return nil
}
