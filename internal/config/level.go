package config

import "log/slog"

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// Level is the least level that is logged.
func (s *Server) Level() slog.Level { return levels[s.LogLevel] }
