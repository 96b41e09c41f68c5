-- How Argo CD reads an OS object. Without it the object would count as healthy the moment it is there. For argocd-cm, as
-- resource.customizations.health.upgrade.openeuler.org_OS.
local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at it yet" }
end

local said = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    said[condition.type] = condition.message
  end
end

-- The first that is said decides. Suspended tells Argo CD that a person is asked, not that something is wrong.
local readings = {
  { condition = "Stalled", health = "Degraded" },
  { condition = "Paused", health = "Suspended" },
  { condition = "Ready", health = "Healthy" },
}
for _, reading in ipairs(readings) do
  if said[reading.condition] ~= nil then
    return { status = reading.health, message = said[reading.condition] }
  end
end
return { status = "Progressing", message = said.Reconciling or "" }
