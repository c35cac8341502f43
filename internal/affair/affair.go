// Package affair knows completed affairs (已办事项), which reviews belong to.
package affair

import "time"

// Affair is a completed affair as a citizen picks it.
type Affair struct {
	SerialNo string // affairSerialNo
	AppCode  string // the integrator's through which it came
	WorkNo   string // of the officer
	ItemCode string
	ItemName string
	DoneAt   time.Time
}
