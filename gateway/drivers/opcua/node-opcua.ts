/**
 * The one door to node-opcua: secure channel, messages and their types. Its client is left out: it
 * repairs connections behind one's back, which is acquisition's part here, keeps the one it has to
 * itself, so that a dead one cannot be cut, and does not check the server's signature (Part 4 §5.7.2).
 */
import { setDebugLogger, setErrorLogger, setTraceLogger, setWarningLogger } from "node-opcua-debug";
import { ClientSecureChannelLayer } from "node-opcua-secure-channel";

/**
 * The layer's own time-out of a request, ms. Time-outs that callers see are ours and shorter: after its
 * own the layer forgets the request, and an answer that still comes would be an error to it.
 */
export const layerPatienceMs = 60_000;

// They write to the console, with addresses and contents; what matters is told by the channel's own errors.
for (const silence of [setDebugLogger, setErrorLogger, setTraceLogger, setWarningLogger]) silence(() => undefined);
ClientSecureChannelLayer.minTransactionTimeout = layerPatienceMs;

export { BinaryStream } from "node-opcua-binary-stream";
export { BrowseDirection, LocalizedText } from "node-opcua-data-model";
export { DataValue, TimestampsToReturn } from "node-opcua-data-value";
export { OpaqueStructure } from "node-opcua-extension-object";
export { BaseUAObject, findBuiltInType } from "node-opcua-factory";
export { ExpandedNodeId, NodeId, NodeIdType } from "node-opcua-nodeid";
export { NumericRange } from "node-opcua-numeric-range";
export {
  ClientSecureChannelLayer,
  computeSignature,
  getCryptoFactory,
  type Request,
  type Response,
  SecurityPolicy,
  verifySignature,
} from "node-opcua-secure-channel";
export {
  ActivateSessionRequest,
  type ActivateSessionResponse,
  AnonymousIdentityToken,
  ApplicationType,
  BrowseDescription,
  BrowseNextRequest,
  type BrowseNextResponse,
  BrowsePath,
  BrowseRequest,
  type BrowseResponse,
  type CallMethodResult,
  CallRequest,
  type CallResponse,
  CloseSessionRequest,
  CreateMonitoredItemsRequest,
  type CreateMonitoredItemsResponse,
  CreateSessionRequest,
  type CreateSessionResponse,
  CreateSubscriptionRequest,
  type CreateSubscriptionResponse,
  DataChangeFilter,
  DataChangeNotification,
  DataChangeTrigger,
  DeleteSubscriptionsRequest,
  EndpointDescription,
  EnumDefinition,
  EnumValueType,
  EUInformation,
  GetEndpointsRequest,
  type GetEndpointsResponse,
  MessageSecurityMode,
  MonitoringMode,
  NodeClass,
  type NotificationMessage,
  PublishRequest,
  type PublishResponse,
  Range,
  ReadRequest,
  type ReadResponse,
  type ReferenceDescription,
  RepublishRequest,
  type RepublishResponse,
  SignatureData,
  StatusChangeNotification,
  StructureDefinition,
  StructureType,
  TransferSubscriptionsRequest,
  type TransferSubscriptionsResponse,
  TranslateBrowsePathsToNodeIdsRequest,
  type TranslateBrowsePathsToNodeIdsResponse,
  UserNameIdentityToken,
  UserTokenType,
  WriteRequest,
  type WriteResponse,
  X509IdentityToken,
} from "node-opcua-types";
export { DataType as WireType, Variant, VariantArrayType } from "node-opcua-variant";
