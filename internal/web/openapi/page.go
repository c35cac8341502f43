package openapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Needs are what the page about the public interface is made of, beside the document.
type Needs struct {
	// Definitions are the public tables, with how their figures are made by now.
	Definitions func() []figures.Table
	Entities    *catalog.EntitySet
	Registry    *org.Registry
	Root        string // the region that is meant when nobody says
	BaseURL     string // the public address, without a slash at its end
	Test        bool   // test environment
	Log         *slog.Logger
}

// Public is the page about the public interface, for who wants figures and writes no programs, or few: template interfaces.
type Public struct {
	Title      string
	Test       bool
	Base       string  // https://h.example
	Region     Field   // of the example
	Parameters []Field // of v1, each once
	Tables     []Operation
	Portal     []Operation // of the paths of deployed portals
	Entities   []Field
	Regions    []Field // right below the root
}

// Operation is one address.
type Operation struct {
	Path, Summary, Description string
	Name                       string // of the table that can be downloaded, too; empty where it can't
	Parameters                 []Field
	Fields                     []Field // of what is answered
	Columns                    []figures.Column
}

// Field is a name and what it says.
type Field struct{ Name, Text string }

// The tags of what the page is about.
const (
	tagOfFuller = "公开查询 v1"
	tagOfPortal = "公开统计"
)

// Page serves what the document says of the public interface as a page to read.
func Page(needs Needs) (http.Handler, error) {
	pages, err := view.NewPages()
	if err != nil {
		return nil, err
	}
	o := &outline{}
	if err := json.Unmarshal(document, o); err != nil {
		return nil, fmt.Errorf("read the document of the interfaces: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := pages.Write(w, http.StatusOK, view.Chinese, "interfaces", o.public(needs)); err != nil {
			needs.Log.Error("draw the page of the interfaces", "error", err)
			http.Error(w, "系统出了点问题，请稍后再试。", http.StatusInternalServerError)
		}
	}), nil
}

// together are the parameters of operations, each once: as the first has it, and what others say of it.
func together(operations []Operation) (all []Field) {
	said := map[Field]bool{}
	for n, op := range operations {
		for _, p := range op.Parameters {
			if said[p] {
				continue
			}
			said[p] = true
			i := slices.IndexFunc(all, func(f Field) bool { return f.Name == p.Name })
			switch {
			case i >= 0:
				all[i].Text += "。" + op.Summary + "：" + p.Text
			case n > 0:
				all = append(all, Field{p.Name, "只用于" + op.Summary + "：" + p.Text})
			default:
				all = append(all, p)
			}
		}
	}
	return all
}

// public is the page as of now.
func (o *outline) public(needs Needs) *Public {
	page := &Public{Title: "公开数据怎么取", Test: needs.Test, Base: needs.BaseURL, Region: Field{needs.Root, needs.Registry.RegionName(needs.Root)}}
	tables := needs.Definitions()
	for _, p := range o.Paths {
		op, public := p.value["get"]
		if !public || !slices.Contains(op.Tags, tagOfFuller) && !slices.Contains(op.Tags, tagOfPortal) {
			continue
		}
		one := Operation{Path: p.name, Summary: op.Summary, Description: op.Description}
		for _, parameter := range op.Parameters {
			full := o.parameter(parameter)
			one.Parameters = append(one.Parameters, Field{full.Name, full.text()})
		}
		if !slices.Contains(op.Tags, tagOfFuller) {
			one.Fields = o.data(op)
			page.Portal = append(page.Portal, one)
			continue
		}
		name := strings.TrimPrefix(p.name, "/ping/apis/v1/")
		if i := slices.IndexFunc(tables, func(t figures.Table) bool { return t.Name == name }); i >= 0 {
			one.Name, one.Columns = name, tables[i].Columns
		} else {
			one.Fields = o.data(op)
		}
		page.Tables = append(page.Tables, one)
	}
	page.Parameters = together(page.Tables)
	for _, e := range needs.Entities.Current() {
		page.Entities = append(page.Entities, Field{e.Code, e.Name})
	}
	for _, region := range needs.Registry.Children(needs.Root) {
		if !region.Pending {
			page.Regions = append(page.Regions, Field{region.Code, region.Name})
		}
	}
	if len(page.Regions) > 0 {
		page.Region = page.Regions[0]
	}
	return page
}
