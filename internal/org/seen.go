package org

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/haochaping/haochaping/internal/fault"
)

// What somebody saw of an entry is told by a mark that is another one when anything of it has changed, so that of two who place a
// code at once the second one sees what the first one did. What waits still was placed by nobody: it may have got its name from
// the next review meanwhile.

// Seen is a region's mark.
func (r Region) Seen() string { return mark(r.Name, r.Pending) }

// Seen is a department's mark.
func (d Department) Seen() string { return mark(d.Name, d.RegionCode, d.Pending) }

// Seen is an item's mark.
func (i Item) Seen() string { return mark(i.Name, i.DepartmentCode, i.Pending) }

func mark(of ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", of))
	return hex.EncodeToString(sum[:8])
}

// changed says whether a person has changed an entry since it was seen; who saw nothing asks for nothing.
func changed(pending bool, now, seen string) bool { return seen != "" && !pending && now != seen }

// errOvertaken says what somebody else has made of an entry.
func errOvertaken(code, is string) error {
	return fault.NewConflict("刚才另有人改过 " + code + "，现在是：" + is + "。您填的没有保存；请核对，确实要改的，再提交一次")
}

// since says with fault.Conflict what somebody else has made of entries since they were seen, by their marks.
func (r *Registry) since(kind Kind, seen map[string]string) error {
	for _, code := range slices.Sorted(maps.Keys(seen)) {
		var is, now string
		var pending bool
		if kind == OfRegion {
			one, _ := r.Region(code)
			is, now, pending = "名称“"+one.Name+"”", one.Seen(), one.Pending
		} else {
			one, _ := r.Department(code)
			is, now, pending = "名称“"+one.Name+"”，所属区划“"+r.RegionName(one.RegionCode)+"”", one.Seen(), one.Pending
		}
		if changed(pending, now, seen[code]) {
			return errOvertaken(code, is)
		}
	}
	return nil
}
