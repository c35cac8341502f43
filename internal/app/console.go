package app

import (
	"context"
	"net/http"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// staffOf are the accounts of a house.
func (h *house) staffOf(settings *config.Console) *identity.StaffService {
	return identity.NewStaffService(identity.StaffNeeds{
		Store: h.store, Sealer: h.sealer, Blinder: h.blinder, Places: units{h.registry, h.halls}, Now: time.Now,
		Idle: settings.ConsoleIdle, Absolute: settings.ConsoleAbsolute, WithoutTOTP: settings.ConsoleWithoutTOTP,
	})
}

// units knows where halls and departments are. A code that was given up is none: nothing lies under it any more.
type units struct {
	registry *org.Registry
	halls    *venue.Directory
}

// HallRegion is the region of a hall.
func (u units) HallRegion(code string) (string, bool) {
	hall, ok := u.halls.Hall(code)
	return hall.RegionCode, ok && hall.Code == code
}

// DepartmentRegion is the region that a department serves.
func (u units) DepartmentRegion(code string) (string, bool) {
	department, ok := u.registry.Department(code)
	return department.RegionCode, ok && department.Code == code
}

// HasRegion says whether there is a region.
func (u units) HasRegion(code string) bool {
	region, ok := u.registry.Region(code)
	return ok && region.Code == code
}

// administer makes the console's handler.
func (s *service) administer(ctx context.Context) (http.Handler, error) {
	provider, err := s.staffProvider(ctx)
	if err != nil {
		return nil, err
	}
	return administration.NewHandler(administration.Needs{
		Staff: s.staff, Audit: s.store, Registry: s.registry, Halls: s.halls, BaseURL: s.settings.Base(),
		Test: s.settings.Environment == config.Testing, Address: s.address(), Now: time.Now, Log: s.log, Observe: s.metrics.observe("console"),
		Provider: provider, Chain: s.store, Notices: s.notices, Settings: s.consoleSettings(), Erasures: s.erasures,
		Reviews: s.reviewPages(), Figures: s.figurePages(),
		Venues: s.consoleVenues(), Tags: s.labels,
		Cases: s.consoleCases(), Waiting: []administration.Waiting{
			administration.CasesWaiting{Cases: s.cases},
			administration.ModerationWaiting{Moderation: s.moderation},
			administration.FindingsWaiting{Integrity: s.integrity},
			administration.ErasuresWaiting{Erasures: s.erasures},
			administration.RegistersWaiting{Service: s.registers()},
			administration.SourcesWaiting{States: s.store, Now: time.Now},
		},
		Moderation: s.consoleModeration(), Integrity: s.integrity,
		Apps: s.consoleApps(), Registers: s.consoleRegisters(), Sources: s.consoleSources(),
	})
}

// staffProvider is where members of staff log in beside the password; nil when none is set.
func (s *service) staffProvider(ctx context.Context) (administration.StaffProvider, error) {
	settings := &s.settings.Console
	if settings.StaffOIDCIssuer == "" {
		return nil, nil //nolint:nilnil // no such login is a setting, not a fault
	}
	secret := ""
	if settings.StaffOIDCClientSecret != "" {
		var err error
		if secret, err = readSecret(settings.StaffOIDCClientSecret); err != nil {
			return nil, err
		}
	}
	provider, err := identity.NewStaffOIDC(ctx, s.staff, identity.StaffOIDCSettings{
		Issuer: settings.StaffOIDCIssuer, ClientID: settings.StaffOIDCClientID, ClientSecret: secret,
		RedirectURL: s.settings.Base() + administration.CallbackPath, LoginClaim: settings.StaffOIDCLoginClaim, TrustMFA: settings.StaffOIDCTrustMFA,
	})
	if err != nil {
		return nil, err
	}
	return provider, nil
}

// sweepStaff deletes what sessions and failed logins of staff left behind.
func (s *service) sweepStaff(ctx context.Context) {
	if err := s.staff.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("sweep sessions of staff", "error", err)
	}
}

// noncesEvery is how often nonces of calls that are too old are forgotten.
const noncesEvery = time.Minute

// sweepNonces forgets the nonces of calls that are too old to be taken again.
func (s *service) sweepNonces(ctx context.Context) {
	if err := s.nonces.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("sweep nonces", "error", err)
	}
}
