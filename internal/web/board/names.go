package board

import (
	"cmp"
	"strconv"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

// registers give names, from memory; they are read again now and then.
type registers struct {
	regions  *org.Registry
	halls    *venue.Directory
	entities *catalog.EntitySet
	tags     *catalog.Tags
}

// Kinds of names.
const (
	ofRegion = iota
	ofDepartment
	ofHall
	ofEntity
	ofTag
	ofChildren // how many regions lie right below
	ofEntities // how many evaluation objects there are
)

// named is a name as it was when something was drawn with it.
type named struct {
	kind       int
	code, name string
}

// names are all those that something was drawn with.
type names []named

// look is the name that a code has now.
func (r *registers) look(kind int, code string) string {
	switch kind {
	case ofRegion:
		return r.regions.RegionName(code)
	case ofDepartment:
		department, _ := r.regions.Department(code)
		return cmp.Or(department.Name, code)
	case ofHall:
		hall, _ := r.halls.Hall(code)
		return cmp.Or(hall.Name, code)
	case ofEntity:
		return r.entities.Name(code)
	case ofTag:
		return r.tags.Name(code)
	case ofChildren:
		return strconv.Itoa(len(r.regions.Children(code)))
	default:
		return strconv.Itoa(len(r.entities.Current()))
	}
}

// changed says whether a name is another one by now.
func (r *registers) changed(drawnWith names) bool {
	for _, n := range drawnWith {
		if r.look(n.kind, n.code) != n.name {
			return true
		}
	}
	return false
}

// naming looks names up and remembers what was found.
type naming struct {
	*registers
	found names
}

func (n *naming) name(kind int, code string) string {
	name := n.look(kind, code)
	n.found = append(n.found, named{kind, code, name})
	return name
}
