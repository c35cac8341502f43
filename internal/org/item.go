package org

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Item is what is applied for (事项). DepartmentCode is empty when nobody told it.
type Item struct {
	Code, Name     string
	DepartmentCode string
	Pending        bool
}

// ItemFilter says which items are meant. Its zero value means all.
type ItemFilter struct {
	// Code is one item's, Codes are those of some.
	Code  string
	Codes []string
	// Text stands in the code at its beginning, or in the name anywhere.
	Text string
	// Pending are those that wait to be placed, Placed the others.
	Pending, Placed bool
	// Department is that of the items.
	Department string
	Bounds
	// After is the code behind which the list begins.
	After string
	Limit int
}

// mostItemName is the most characters of an item's name (specification 3.4.2.4).
const mostItemName = 100

// Items gives items by code.
func (s *Service) Items(ctx context.Context, filter ItemFilter) ([]Item, error) {
	items, err := s.store.Items(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	return items, nil
}

// Item gives one item within bounds; fault.Missing when there is none.
func (s *Service) Item(ctx context.Context, code string, b Bounds) (*Item, error) {
	items, err := s.Items(ctx, ItemFilter{Code: code, Bounds: b, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fault.NewMissing("没有找到，或它不在您的管理范围内")
	}
	return &items[0], nil
}

// PlaceItem gives an item its name and its department: it no longer waits. The department must be one that is placed. seen is the
// mark of the item as the person saw it: fault.Conflict, with what is there now, when somebody else has changed it since.
func (s *Service) PlaceItem(ctx context.Context, item Item, seen string) error {
	item.Name, item.DepartmentCode, item.Pending = strings.TrimSpace(item.Name), strings.TrimSpace(item.DepartmentCode), false
	var violations []fault.Violation
	if n := utf8.RuneCountInString(item.Name); n < 1 || n > mostItemName {
		violations = append(violations, fault.Violation{Field: "name", Reason: fmt.Sprintf("应为 1 到 %d 个字符", mostItemName)})
	}
	if d, ok := s.registry.Department(item.DepartmentCode); !ok || d.Code != item.DepartmentCode {
		violations = append(violations, fault.Violation{Field: "department", Reason: "没有这个部门编码，请先登记部门"})
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	now, err := s.store.SaveItem(ctx, item, seen)
	if err != nil {
		return fmt.Errorf("place item: %w", err)
	}
	if now == nil {
		return fault.NewMissing("没有这个事项，或它已并入别的事项")
	}
	if *now != item {
		return errOvertaken(item.Code, s.tellItem(now))
	}
	return nil
}

// ItemSince says with fault.Conflict what somebody else has made of an item since it was seen.
func (s *Service) ItemSince(item *Item, seen string) error {
	if changed(item.Pending, item.Seen(), seen) {
		return errOvertaken(item.Code, s.tellItem(item))
	}
	return nil
}

func (s *Service) tellItem(i *Item) string {
	d, _ := s.registry.Department(i.DepartmentCode)
	return "名称“" + i.Name + "”，部门“" + cmp.Or(d.Name, i.DepartmentCode) + "”"
}

// CountPending is how many codes within bounds wait to be placed.
func (s *Service) CountPending(ctx context.Context, b Bounds) (Pending, error) {
	return s.store.CountPending(ctx, b)
}
